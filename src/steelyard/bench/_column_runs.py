"""Which columns hold recorded answers, and which system gave each."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.bench import _column_names as names
from steelyard.bench._columns import Column, normal_name
from steelyard.bench._mapping import ColumnChoice

_DEEPEST_RUN = 3
"""Keys down to an answer: `{"models": {"gpt": {"output": …}}}` at most."""


def output_columns(columns: Sequence[Column]) -> list[ColumnChoice]:
    """The columns taken for outputs, each with the label of its run; one unnamed run has the label ''."""
    nested = _nested(columns)
    if nested:
        return nested
    flat = [column for column in columns if len(column.keys) == 1 and _holds_answers(column)]
    by_name = {column.leaf: column for column in flat}
    for pair in names.VERSION_PAIRS:
        if all(name in by_name for name in pair):
            why = "two versions of one system"
            return [
                ColumnChoice(column=by_name[name].name, field="output", run=name, why=why) for name in pair
            ]
    labelled = [(column, label) for column in flat if (label := _affix_label(column))]
    found = [
        ColumnChoice(column=column.name, field="output", run=label, why="named after a system and its answer")
        for column, label in labelled
    ]
    plain = [column for column in flat if column.leaf in names.OUTPUT and column not in dict(labelled)]
    if plain:
        best = min(plain, key=lambda column: names.OUTPUT.index(column.leaf))
        label = best.keys[0] if found else ""
        found.append(ColumnChoice(column=best.name, field="output", run=label, why=f"named '{best.leaf}'"))
    return found


def run_of(column: Column, runs: Sequence[str]) -> tuple[str | None, str]:
    """Label of the run a measure belongs to, and the measure's own name; None when it cannot be told."""
    if column.parent in runs and column.parent:
        return column.parent, column.keys[-1]
    name = normal_name(column.keys[-1])
    for run in sorted(runs, key=len, reverse=True):
        label = normal_name(run)
        if not label:
            continue
        if name.startswith(f"{label}_"):
            return run, name.removeprefix(f"{label}_")
        if name.endswith(f"_{label}"):
            return run, name.removesuffix(f"_{label}")
    return (runs[0], column.keys[-1]) if len(runs) == 1 else (None, column.keys[-1])


def _nested(columns: Sequence[Column]) -> list[ColumnChoice]:
    """Objects named after systems, each with an answer in it: `{"gpt": {"output": …}}`."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        if column.parent:
            groups.setdefault(column.parent, []).append(column)
    found = []
    for label, members in groups.items():
        asks = any(column.leaf in names.INPUT[:10] for column in members)
        if asks or len(members[0].keys) > _DEEPEST_RUN or normal_name(label) in names.NOT_RUNS:
            continue
        scored = any(column.leaf in names.SCORE and column.is_numeric for column in members)
        known = (*names.NESTED_OUTPUT, *(names.WEAK_NESTED_OUTPUT if scored else ()))
        answers = [
            column
            for column in members
            if column.leaf in known and _holds_answers(column) and column.filled * 2 > column.rows
        ]
        if answers:
            best = min(answers, key=lambda column: known.index(column.leaf))
            why = f"an object named after a system, with '{best.keys[-1]}' in it"
            found.append(ColumnChoice(column=best.name, field="output", run=label, why=why))
    return found


def _affix_label(column: Column) -> str:
    plain = column.leaf
    if plain in names.OUTPUT or plain in names.EXPECTED or plain in names.INPUT:
        return ""
    for affix in names.OUTPUT_AFFIXES:
        rests = [plain.removesuffix(f"_{affix}")]
        if "text" in column.kinds:
            rests.append(plain.removeprefix(f"{affix}_"))
        for rest in rests:
            if rest not in (plain, "", "model", "llm") and not set(rest.split("_")) & names.NOT_RUNS:
                return rest
    return ""


def _holds_answers(column: Column) -> bool:
    return column.filled > 0 and bool(column.kinds & {"text", "object", "list", "number"})
