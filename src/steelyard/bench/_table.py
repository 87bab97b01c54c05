"""Rows of any origin to validated cases and recorded runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steelyard.bench._attachments import AttachmentFolder
from steelyard.bench._imported import ImportedRun
from steelyard.bench._problems import Problems, shown
from steelyard.bench._row import as_text, read_case
from steelyard.bench._shape import Shaped, Shaper
from steelyard.core import Case, Json, Output, content_hash, output_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows read from a file, not yet understood."""

    path: Path
    """The file or folder."""
    format: str
    """The importer's name."""
    rows: Sequence[tuple[int, Mapping[str, Json]]]
    """Line or row number, and the row."""
    problems: Problems
    """What was broken on the way here; more is added while reading."""
    root: Path
    """The folder that attachment paths are relative to."""
    notes: tuple[str, ...] = ()
    """What was decided while reading."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """What the file says about itself: sheet, splits, licence."""

    @property
    def label(self) -> str:
        """What an output without a label of its own is called: the file's name without its endings."""
        return self.path.name.split(".")[0] or "recorded"


class CaseReader:
    """Reads rows one by one; afterwards `cases`, `runs()` and `notes()` hold what came of them."""

    def __init__(self, table: Table, shaper: Shaper, *, derive_ids: bool, epochs: Mapping[Json, int]) -> None:
        self._table = table
        self._shaper = shaper
        self._derive_ids = derive_ids
        self._epochs = epochs
        self._folder = AttachmentFolder(table.root)
        self._lines: dict[str, int] = {}
        self._outputs: dict[str, dict[tuple[str, int], Output]] = {}
        self._copies: dict[str, int] = {}
        self._renamed = 0
        self.cases: dict[str, Case] = {}

    @property
    def attachments(self) -> dict[str, bytes]:
        """SHA-256 to bytes of what the cases name."""
        return self._folder.taken

    def take(self, line: int, row: Mapping[str, Json]) -> None:
        """Read one row; what is broken goes to the table's problems."""
        problems = self._table.problems
        before = len(problems.found)

        def report(name: str, reason: str) -> None:
            problems.add(line, name, reason)

        shaped = self._shaper.shape(row, report)
        if self._derive_ids:
            shaped.case["id"] = self._derived_id(shaped)
        case = read_case(shaped.case, folder=self._folder, report=report)
        if case is None or len(problems.found) > before:
            self._lines.setdefault(as_text(row.get("id")), line)
            return
        known = self.cases.setdefault(case.id, case)
        first_line = self._lines.setdefault(case.id, line)
        if first_line != line and not (shaped.outputs and known.content_hash == case.content_hash):
            problems.add(line, "id", f"'{case.id}' is taken by line {first_line}: {self._clash(known, case)}")
            return
        for label, output in shaped.outputs.items():
            self._record(line, case.id, label or shaped.run or self._table.label, shaped.epoch, output)

    def runs(self) -> tuple[ImportedRun, ...]:
        """The recorded runs, in the order their labels were met."""
        return tuple(ImportedRun(label=label, outputs=outputs) for label, outputs in self._outputs.items())

    def notes(self) -> list[str]:
        """What was decided while reading."""
        notes = []
        if self._derive_ids:
            notes.append("ids are made from the content of each input: no column holds a unique id")
        if self._renamed:
            notes.append(f"{self._renamed:,} inputs occur more than once; their ids got a number (-2, -3, …)")
        for label, outputs in self._outputs.items():
            missing = len(self.cases) - len({case_id for case_id, _ in outputs})
            if missing:
                notes.append(f"run '{label}' has no answer to {missing:,} of {len(self.cases):,} cases")
            empty = sum(output.value == "" and output.fault is None for output in outputs.values())
            if empty:
                notes.append(f"run '{label}' has {empty:,} empty answers; they count as answers")
        return notes

    def _derived_id(self, shaped: Shaped) -> str:
        asked = [shaped.case.get(name) for name in ("input", "turns", "scenario")]
        plain = f"case-{content_hash(asked)[:12]}"
        if shaped.outputs and (shaped.run or shaped.epoch is not None):
            return plain
        self._copies[plain] = number = self._copies.get(plain, 0) + 1
        self._renamed += number > 1
        return plain if number == 1 else f"{plain}-{number}"

    def _clash(self, known: Case, case: Case) -> str:
        if known.content_hash == case.content_hash:
            return "the row is there twice"
        differing = [
            name
            for name in (
                "input",
                "expected",
                "context",
                "turns",
                "slices",
                "group",
                "weight",
                "split",
                "metadata",
            )
            if getattr(known, name) != getattr(case, name)
        ]
        return f"ids must be unique, and {', '.join(differing) or 'the content'} differs"

    def _record(self, line: int, case_id: str, label: str, epoch: Json, row: Mapping[str, Json]) -> None:
        outputs = self._outputs.setdefault(label, {})
        number = self._epoch(line, epoch)
        if number is None:
            return
        if epoch is None:
            while (case_id, number) in outputs:
                number += 1
        elif (case_id, number) in outputs:
            reason = f"case '{case_id}' has two answers of '{label}' for epoch {number}"
            self._table.problems.add(line, "epoch", reason)
            return
        try:
            outputs[case_id, number] = output_from_json(row)
        except (TypeError, KeyError, ValueError) as error:
            self._table.problems.add(line, "output", str(error))

    def _epoch(self, line: int, epoch: Json) -> int | None:
        if epoch is None:
            return 1
        number = self._epochs.get(epoch) if not isinstance(epoch, Mapping | list) else None
        if number is None and isinstance(epoch, int) and not isinstance(epoch, bool) and epoch >= 1:
            number = epoch
        if number is None:
            self._table.problems.add(line, "epoch", f"must be a whole number from 1, not {shown(epoch)}")
        return number
