"""The sheet that experts fill in: what was asked and answered, and nothing that could sway them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from pathlib import Path

from steelyard.app._files import write_text
from steelyard.core import canonical_json
from steelyard.review import DrawnItem
from steelyard.runs import RunRecord, Sample
from steelyard.store import Store

COLUMNS = ("item", "epoch", "input", "output", "rater", "criterion", "value", "comment")
_CELL_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_sheet(path: Path, items: Sequence[DrawnItem], *, run: RunRecord, store: Store, seed: int) -> None:
    """Write one row an output, in a seeded random order; rater, criterion and value stay empty.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    keys = [(item.item, item.epoch) for item in items]
    rows = list(store.samples(run.id, keys=keys))
    random.Random(seed).shuffle(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for sample in rows:
        writer.writerow([sample.case.id, sample.epoch, *_shown(sample), "", "", "", ""])
    write_text(path, text.getvalue())


def _shown(sample: Sample) -> tuple[str, str]:
    given = sample.case.input
    asked = given if isinstance(given, str) else canonical_json(sample.case.as_json().get("input"))
    return _safe(asked), _safe(sample.output.text)


def _safe(text: str) -> str:
    clean = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "")
    return f"'{clean}" if clean.startswith(_CELL_STARTS) else clean
