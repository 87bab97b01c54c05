"""A table to cases and runs: its own fields where it has them, a column mapping for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from steelyard.bench._columns import Column, find_columns
from steelyard.bench._imported import Imported
from steelyard.bench._mapping import ColumnChoice, ColumnMapping, parse_override
from steelyard.bench._near_miss import near_miss
from steelyard.bench._options import ImportOptions
from steelyard.bench._proposal import propose_mapping
from steelyard.bench._row import CASE_FIELDS
from steelyard.bench._shape import OUTPUT_FIELDS, Shaper
from steelyard.bench._suggestion import suggest_metrics
from steelyard.bench._table import CaseReader, Table
from steelyard.bench.contamination import CANARY_FIELD, take_out_canaries
from steelyard.core import InputError, Json, Provenance, UsageError

_ASKING = ("input", "turns", "scenario")
_SINGLE = frozenset(
    {"id", "input", "expected", "context", "turns", "group", "weight", "split", "run", "epoch"}
)


def import_table(table: Table, options: ImportOptions) -> Imported:
    """Cases and runs of a table; raises InputError with every problem, UsageError for a bad override."""
    rows, canaries = take_out_canaries(table.rows)
    table = replace(table, rows=rows)
    if not table.rows:
        table.problems.raise_if_any()
        raise InputError(
            "the file holds no cases",
            where=str(table.path),
            hint='Write one case a line: {"id": …, "input": …}',
        )
    overrides = [parse_override(text) for text in options.overrides]
    is_cases = options.mapping is None and _is_case_table(table)
    fixed = (
        {*CASE_FIELDS, *OUTPUT_FIELDS} - {choice.field for choice in overrides}
        if is_cases
        else frozenset[str]()
    )
    mapping = options.mapping or propose_mapping(table.rows, table.path, fixed=fixed)
    columns = find_columns(table.rows, table.path, skip=fixed)
    mapping = _overridden(mapping, overrides, columns)
    if is_cases:
        _report_near_misses(mapping, table)
    elif not any(mapping.of(field) for field in ("input", "turns")):
        _refuse_without_question(columns, table)
    reader = CaseReader(
        table,
        Shaper(mapping, columns=columns, fixed=fixed),
        derive_ids=not is_cases and not mapping.of("id"),
        epochs=_epoch_numbers(mapping, columns),
    )
    for line, row in table.rows:
        reader.take(line, row)
    table.problems.raise_if_any()
    cases, runs = tuple(reader.cases.values()), reader.runs()
    return Imported(
        cases=cases,
        runs=runs,
        metrics=suggest_metrics(cases, runs),
        notes=(*table.notes, *reader.notes(), *_kept_notes(mapping)),
        mapping=mapping,
        attachments=reader.attachments,
        format=table.format,
        provenance=Provenance(source="file", reference=table.path.name, detail=_detail(table, canaries)),
    )


def _detail(table: Table, canaries: Sequence[str]) -> dict[str, Json]:
    detail: dict[str, Json] = {**table.detail, "format": table.format}
    return {**detail, CANARY_FIELD: list(canaries)} if canaries else detail


def _is_case_table(table: Table) -> bool:
    """Whether most rows have an `id` and say what is asked in the case format's own words."""
    hits = sum("id" in row and any(name in row for name in _ASKING) for _, row in table.rows)
    return hits * 2 > len(table.rows)


def _refuse_without_question(columns: Mapping[str, Column], table: Table) -> None:
    table.problems.raise_if_any()
    raise InputError(
        "no column looks like a question",
        where=str(table.path),
        hint=f"Say which it is: --map input=COLUMN, with one of {', '.join(list(columns)[:20])}",
    )


def _report_near_misses(mapping: ColumnMapping, table: Table) -> None:
    """A key of no meaning that is one slip away from a field is a mistake, not metadata."""
    suspects = {
        choice.column: meant
        for choice in mapping.of("metadata")
        if choice.key and (meant := near_miss(choice.column, CASE_FIELDS))
    }
    for line, row in table.rows:
        for name, meant in suspects.items():
            if name in row and meant not in row:
                table.problems.add(line, name, f"is not a field; did you mean '{meant}'?")


def _overridden(
    mapping: ColumnMapping, overrides: Sequence[ColumnChoice], columns: Mapping[str, Column]
) -> ColumnMapping:
    """The mapping with what the user said in place of what was proposed."""
    if not overrides:
        return mapping
    labels = _labels(overrides, mapping)
    given = [_completed(choice, labels, columns) for choice in overrides]
    named = {choice.column for choice in given}
    fields = {choice.field for choice in given if not choice.key and choice.field in _SINGLE}
    fields |= {"output", "run"} & {choice.field for choice in given}
    kept = []
    for choice in mapping.choices:
        if choice.column in named:
            continue
        orphan = choice.run and choice.run not in labels
        if choice.field in fields or orphan:
            kept.append(replace(choice, field="metadata", key=choice.column, run="", why="replaced by --map"))
        else:
            kept.append(choice)
    return ColumnMapping(choices=(*kept, *given))


def _labels(overrides: Sequence[ColumnChoice], mapping: ColumnMapping) -> list[str]:
    outputs = [choice for choice in overrides if choice.field == "output"]
    if not outputs:
        return [choice.run for choice in mapping.of("output")]
    proposed = {choice.column: choice.run for choice in mapping.of("output")}
    return [_label(choice, proposed, alone=len(outputs) == 1) for choice in outputs]


def _label(choice: ColumnChoice, proposed: Mapping[str, str], *, alone: bool) -> str:
    parent = choice.column.rpartition(".")[0]
    return choice.run or proposed.get(choice.column, "") or parent or ("" if alone else choice.column)


def _completed(choice: ColumnChoice, labels: Sequence[str], columns: Mapping[str, Column]) -> ColumnChoice:
    """An override with its column checked and its run found."""
    if choice.column not in columns and not any(_leads_to(choice.column, column) for column in columns):
        meant = near_miss(choice.column, columns)
        raise UsageError(
            f"there is no column '{choice.column}'",
            where="--map",
            hint=f"Did you mean '{meant}'?" if meant else f"Columns: {', '.join(list(columns)[:30])}",
        )
    parent, _, leaf = choice.column.rpartition(".")
    if choice.field == "output":
        run = _label(choice, {}, alone=len(labels) == 1)
        return replace(choice, run=run if run in labels else labels[0] if len(labels) == 1 else run)
    if choice.field == "score":
        run = choice.run or (parent if parent in labels else "")
        if not run and len(labels) > 1:
            raise UsageError(
                f"'{choice.column}' could score any of {', '.join(labels)}",
                where="--map",
                hint="Write score:NAME@LABEL=COLUMN",
            )
        return replace(choice, run=run or (labels[0] if labels else ""), key=choice.key or leaf)
    if choice.field == "slices" and not choice.key:
        return replace(choice, key=leaf)
    return choice


def _leads_to(name: str, column: str) -> bool:
    """Whether a dotted name goes into, or ends above, a column."""
    return name.startswith(f"{column}.") or column.startswith(f"{name}.")


def _epoch_numbers(mapping: ColumnMapping, columns: Mapping[str, Column]) -> dict[Json, int]:
    """Written repetition to epoch from 1, for columns that count otherwise."""
    numbers: dict[Json, int] = {}
    for choice in mapping.of("epoch"):
        column = columns.get(choice.column)
        if column is None:
            continue
        written = sorted(column.values, key=lambda value: (_as_int(value), str(value)))
        if any(isinstance(value, str) or _as_int(value) < 1 for value in written):
            numbers = {value: number for number, value in enumerate(written, start=1)}
    return numbers


def _as_int(value: Json) -> int:
    return int(value) if isinstance(value, int | float | str) and str(value).lstrip("-").isdigit() else 0


def _kept_notes(mapping: ColumnMapping) -> list[str]:
    kept = [choice.column for choice in mapping.of("metadata") if choice.key]
    if not kept:
        return []
    listed = ", ".join(f"'{name}'" for name in kept[:8]) + (
        f" and {len(kept) - 8} more" if len(kept) > 8 else ""
    )
    return [f"kept as metadata: {listed}"]
