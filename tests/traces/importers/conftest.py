"""Trace files, read and mapped as ingest does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from steelyard.traces import (
    Ingest,
    SpanBatch,
    SpanDetail,
    SpanRow,
    SpanScore,
    Stored,
    read_trace_file,
    single_span,
    span_detail,
    unpack,
)

SHARED = Path(__file__).resolve().parents[3] / "../shared/data"


class Nowhere:
    """A store that keeps nothing."""

    def add_spans(self, batch: SpanBatch) -> Stored:
        return Stored(accepted=batch.received)


@dataclass(frozen=True)
class Imported:
    """What a file holds."""

    rows: list[SpanRow]
    details: list[SpanDetail]
    scores: list[SpanScore]
    rejected: dict[str, int]

    def traces(self) -> int:
        return len({row.trace_id for row in self.rows})

    def tree(self) -> list[tuple[str, str, str]]:
        """(kind, name, name of the parent) of every span, in order."""
        names = {row.span_id: row.name for row in self.rows}
        return [(row.kind, row.name, names.get(row.parent_id, "")) for row in self.rows]

    def marks(self) -> dict[str, object]:
        """Score to its number or word."""
        return {score.name: score.label if score.value is None else score.value for score in self.scores}


Import = Callable[..., Imported]


@pytest.fixture
def take(tmp_path: Path) -> Import:
    """`take(rows)` writes rows as a JSON file and reads it; `take(path)` reads a file."""
    ingest = Ingest(Nowhere())

    def call(source: Any, file_format: str = "auto", *, name: str = "export.json") -> Imported:
        path = source
        if not isinstance(source, Path):
            path = tmp_path / name
            text = source if isinstance(source, str) else _written(source, lines=name.endswith(".jsonl"))
            path.write_text(text, encoding="utf-8")
        found = Imported([], [], [], {})
        for decoded in read_trace_file(path, file_format):
            batch = ingest.prepare(decoded, project="p")
            found.rows.extend(batch.rows)
            found.details.extend(_details(batch))
            found.scores.extend(batch.scores)
            found.rejected.update(batch.rejected)
        return found

    return call


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("NOT TESTED ON REAL FILES: the public data is not beside the checkout")
    return SHARED


def _written(rows: Any, *, lines: bool) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows) if lines else json.dumps(rows)


def _details(batch: SpanBatch) -> Iterator[SpanDetail]:
    for block in batch.blocks:
        for group, span in unpack(block.data):
            yield span_detail(single_span(group, span))
