"""Rows of any origin, read as case lines: the contract's own fields, or foreign columns by a mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steelyard.bench._attachments import AttachmentFolder
from steelyard.bench._imported import Imported, ImportedRun
from steelyard.bench._near_miss import near_miss
from steelyard.bench._problems import Problems
from steelyard.bench._row import CASE_FIELDS, read_case
from steelyard.core import Case, InputError, Json, Output, Provenance, output_from_json

ASKING = ("input", "turns", "scenario")
OUTPUT_FIELDS = frozenset(
    {"output", "error", "latency_s", "first_token_s", "cost_usd", "usage", "trace", "scores", "detail"}
    | {"attempts", "cached", "epoch"}
)


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
    """What was broken on the way here."""
    root: Path
    """The folder that attachment paths are relative to."""
    notes: tuple[str, ...] = ()
    """What was decided while reading."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """What the file says about itself: sheet, splits, licence."""


def is_case_table(rows: Sequence[tuple[int, Mapping[str, Json]]]) -> bool:
    """Whether the rows are case lines: most have an `id` and say what is asked."""
    hits = sum("id" in row and any(name in row for name in ASKING) for _, row in rows)
    return hits * 2 > len(rows)


def read_case_table(table: Table) -> Imported:
    """Case lines, with recorded outputs where rows hold them; raises InputError with every problem."""
    reader = _CaseReader(table)
    for line, row in table.rows:
        reader.take(line, row)
    table.problems.raise_if_any()
    if not reader.cases:
        raise InputError(
            "the file holds no cases",
            where=str(table.path),
            hint='Write one case a line: {"id": …, "input": …}',
        )
    return reader.imported()


class _CaseReader:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._folder = AttachmentFolder(table.root)
        self._lines: dict[str, int] = {}
        self._extra: dict[str, int] = {}
        self._outputs: dict[tuple[str, int], Output] = {}
        self.cases: dict[str, Case] = {}

    def take(self, line: int, row: Mapping[str, Json]) -> None:
        case = self._case(line, row)
        if case is None:
            self._lines.setdefault(str(row.get("id")), line)
            return
        known = self.cases.setdefault(case.id, case)
        first_line = self._lines.setdefault(case.id, line)
        epoch = row.get("epoch", 1)
        recorded = row.get("output") is not None or row.get("error") is not None
        again = recorded and known.content_hash == case.content_hash
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 1:
            self._table.problems.add(line, "epoch", f"must be a whole number from 1, not {epoch!r}")
        elif first_line != line and not again:
            self._table.problems.add(
                line, "id", f"'{case.id}' is taken by line {first_line}: ids must be unique"
            )
        elif recorded and (case.id, epoch) in self._outputs:
            self._table.problems.add(line, "epoch", f"case '{case.id}' has two outputs for epoch {epoch}")
        elif recorded:
            self._record(line, (case.id, epoch), row)

    def _case(self, line: int, row: Mapping[str, Json]) -> Case | None:
        problems = self._table.problems
        known = {name: value for name, value in row.items() if name in CASE_FIELDS}
        others = {
            name: value
            for name, value in row.items()
            if name not in known and (name not in OUTPUT_FIELDS) and value is not None
        }
        for name in others:
            meant = near_miss(name, [field for field in CASE_FIELDS if field not in row])
            if meant:
                problems.add(line, name, f"is not a field; did you mean '{meant}'?")
                return None
            self._extra[name] = self._extra.get(name, 0) + 1
        if others:
            given = known.get("metadata") or {}
            known["metadata"] = {**others, **given} if isinstance(given, Mapping) else given
        return read_case(
            known, folder=self._folder, report=lambda name, reason: problems.add(line, name, reason)
        )

    def _record(self, line: int, key: tuple[str, int], row: Mapping[str, Json]) -> None:
        try:
            self._outputs[key] = output_from_json(
                {name: value for name, value in row.items() if name in OUTPUT_FIELDS}
            )
        except (TypeError, KeyError) as error:
            self._table.problems.add(line, "output", str(error))

    def imported(self) -> Imported:
        table = self._table
        label = table.path.name.split(".")[0] or "recorded"
        runs = (ImportedRun(label=label, outputs=self._outputs),) if self._outputs else ()
        scores = sorted({name for output in self._outputs.values() for name in output.scores})
        return Imported(
            cases=tuple(self.cases.values()),
            runs=runs,
            metrics=tuple(f"recorded:{name}" for name in scores),
            notes=(
                *table.notes,
                *(f"'{name}' is kept as metadata ({n:,} rows)" for name, n in self._extra.items()),
            ),
            attachments=self._folder.taken,
            format=table.format,
            provenance=Provenance(source="file", reference=table.path.name, detail=dict(table.detail)),
        )
