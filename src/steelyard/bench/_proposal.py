"""What a table's columns are taken for, from their names and from what they hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from steelyard.bench import _column_names as names
from steelyard.bench._column_measures import measure_of
from steelyard.bench._column_runs import output_columns, run_of
from steelyard.bench._columns import Column, find_columns, scalar_key, value_at
from steelyard.bench._mapping import FIELDS, FIXED, ColumnChoice, ColumnMapping
from steelyard.bench._trajectory import is_conversation
from steelyard.core import Json

Rows = Sequence[tuple[int, Mapping[str, Json]]]
_MOST_SLICE_VALUES = 100
_LONGEST_LABEL = 80
_NEARLY = 0.9
_LIKE_ANSWERS = 0.25


def propose_mapping(rows: Rows, path: Path, *, fixed: Collection[str] = ()) -> ColumnMapping:
    """A mapping for all columns of the rows.

    `fixed` names top-level keys that are read as the case format says, whatever they hold. Every
    other column gets a choice with its reason; what fits nothing is kept as metadata. Raises
    InputError beyond 2,000 columns.
    """
    present = [name for name in fixed if any(name in row for _, row in rows)]
    draft = _Draft(rows, find_columns(rows, path, skip=frozenset(fixed)), present)
    for step in _STEPS:
        step(draft)
    order = [*present, *draft.columns]
    return ColumnMapping(choices=tuple(draft.chosen[name] for name in order if name in draft.chosen))


class _Draft:
    """The columns, and what was chosen so far."""

    def __init__(self, rows: Rows, columns: dict[str, Column], fixed: Sequence[str]) -> None:
        self.rows = rows
        self.columns = columns
        self.chosen: dict[str, ColumnChoice] = {
            name: ColumnChoice(column=name, field=name, why=FIXED) for name in fixed if name in FIELDS
        }

    def choose(self, column: Column, field: str, why: str, *, key: str = "", run: str = "") -> None:
        self.chosen[column.name] = ColumnChoice(column=column.name, field=field, key=key, run=run, why=why)

    def has(self, field: str) -> bool:
        return any(choice.field == field for choice in self.chosen.values())

    def free(self) -> list[Column]:
        return [column for name, column in self.columns.items() if name not in self.chosen]

    def runs(self) -> list[str]:
        return [choice.run for choice in self.chosen.values() if choice.field == "output"]

    def ranked(self, known: Sequence[str], fits: Callable[[Column], bool] | None = None) -> list[Column]:
        """The free columns with known names that fit: earlier names first, then the shallowest."""
        found = []
        for column in self.free():
            label = column.name if column.name in known else column.leaf
            if label in known and column.filled and (fits is None or fits(column)):
                found.append((known.index(label), len(column.keys), column))
        return [column for _, _, column in sorted(found, key=lambda entry: entry[:2])]

    def first(self, known: Sequence[str], fits: Callable[[Column], bool] | None = None) -> Column | None:
        """The first of `ranked`, if any."""
        return next(iter(self.ranked(known, fits)), None)

    def keys_of(self, field: str) -> tuple[str, ...] | None:
        for name, choice in self.chosen.items():
            if choice.field == field:
                return self.columns[name].keys if name in self.columns else (name,)
        return None

    def depends(self, keys: tuple[str, ...], on: tuple[str, ...] | None) -> bool:
        """Whether one value of `on` always comes with one value of `keys`."""
        if on is None:
            return False
        seen: dict[str, str] = {}
        return all(
            seen.setdefault(scalar_key(value_at(row, on)), value) == value
            for _, row in self.rows
            for value in (scalar_key(value_at(row, keys)),)
        )


def _shapes(draft: _Draft) -> None:
    """Whole-table shapes that say more than single names."""
    top = {column.leaf: column for column in draft.free() if len(column.keys) == 1}
    if all(name in top for name in names.CODE_SHAPE):
        draft.choose(top["prompt"], "input", "programs to complete, as in HumanEval")
        for key in ("test", "entry_point"):
            draft.choose(top[key], "expected", "what code_pass runs", key=key)
    elif all(name in top for name in names.INSTRUCTION_SHAPE) and not draft.chosen:
        draft.choose(top["instruction"], "input", "an instruction-tuning table")
        draft.choose(top["input"], "context", "what the instruction is about")
        draft.choose(top["output"], "expected", "the answer wanted by an instruction-tuning table")


def _nested_runs(draft: _Draft) -> None:
    for choice in output_columns(draft.free()):
        if not _is_answer_key(draft, choice):
            draft.chosen[choice.column] = choice


def _trajectories(draft: _Draft) -> None:
    """Whole conversations with a score: what an agent did, not what it was asked."""
    if draft.runs() or not any(measure_of(column)[0] == "score" for column in draft.free()):
        return
    column = draft.first(names.TRAJECTORY, lambda column: column.kinds == {"list"})
    if column and any(is_conversation(value_at(row, column.keys)) for _, row in draft.rows[:10]):
        draft.choose(column, "output", "conversations with a score beside them: what an agent did")


def _is_answer_key(draft: _Draft, choice: ColumnChoice) -> bool:
    """Whether a flat output name must serve as the expectation, because nothing else does."""
    column = draft.columns[choice.column]
    if choice.run or column.leaf not in {"answer", "solution", "completion"}:
        return False
    others = [item.leaf for item in draft.free() if item.name != column.name]
    known = draft.has("expected") or any(leaf in names.EXPECTED and leaf != "answer" for leaf in others)
    return not known and not any(measure_of(item)[0] for item in draft.free())


def _question(draft: _Draft) -> None:
    if draft.has("input") or draft.has("turns") or draft.has("scenario"):
        return
    turns = draft.first(names.TURNS, lambda column: column.kinds == {"list"})
    if turns:
        draft.choose(turns, "turns", "a list named like scripted turns")
        return
    column = draft.first(names.INPUT, lambda column: bool(column.kinds & {"text", "list", "object"}))
    choices = draft.first(names.CHOICES, lambda column: column.kinds <= {"list", "object"})
    if column and choices and column.is_scalar:
        draft.choose(column, "input", "named like a question, and has choices", key=column.keys[-1])
        draft.choose(choices, "input", "the choices are part of the question", key=choices.keys[-1])
    elif column:
        draft.choose(column, "input", f"named '{column.leaf}'")


def _expectation(draft: _Draft) -> None:
    if draft.has("expected"):
        return
    column = draft.first((*names.EXPECTED, "completion", "solution"))
    if column:
        draft.choose(column, "expected", f"named '{column.leaf}'")


def _question_by_content(draft: _Draft) -> None:
    """Without a telling name: the text that differs most from row to row, and is longest."""
    if any(draft.has(field) for field in ("input", "turns", "scenario")):
        return
    texts = [
        column
        for column in draft.free()
        if column.kinds == {"text"} and column.prose * 2 > column.filled and column.leaf not in names.ID
    ]
    if texts:
        best = max(texts, key=lambda column: column.mean_length * len(column.values) / max(column.rows, 1))
        draft.choose(best, "input", "no column is named like a question; this is the longest varied text")


def _long_format(draft: _Draft) -> None:
    """Several rows a case: one for each model or repetition."""
    if draft.runs() != [""]:
        return
    column = draft.first(names.RUN, _names_runs)
    if column:
        draft.choose(column, "run", f"named '{column.leaf}': {len(column.values):,} different values")
    epoch = draft.first(names.EPOCH, lambda item: item.is_top and item.integral == item.filled == item.rows)
    if epoch:
        draft.choose(epoch, "epoch", f"named '{epoch.leaf}', whole numbers")


def _names_runs(column: Column) -> bool:
    few = len(column.values) <= max(20, column.rows // 5)
    return column.is_top and column.is_scalar and few and column.mean_length <= _LONGEST_LABEL


def _identity(draft: _Draft) -> None:
    if draft.has("id"):
        return
    asked = draft.keys_of("input") or draft.keys_of("turns")
    long = draft.has("run") or draft.has("epoch")
    for column in draft.ranked(names.ID, lambda item: item.is_scalar and item.filled == item.rows):
        names_rows = long and asked is not None and not draft.depends(column.keys, asked)
        if column.is_unique and not names_rows:
            draft.choose(column, "id", "unique in every row")
            return
        if not column.is_unique and draft.has("output") and asked and draft.depends(asked, column.keys):
            draft.choose(column, "id", "the same question wherever it repeats: several outputs for a case")
            return
        if not column.is_unique and len(column.values) >= _NEARLY * column.rows:
            draft.choose(column, "id", f"named '{column.leaf}', nearly unique: repeats are mistakes")
            return
    partly = draft.first(
        ("id",), lambda item: item.is_top and item.is_scalar and 2 * item.filled >= item.rows
    )
    if partly and len(partly.values) >= _NEARLY * partly.filled:
        draft.choose(partly, "id", "named 'id': rows without one are mistakes")


def _measures(draft: _Draft) -> None:
    """Scores, times, costs and errors of the recorded outputs."""
    runs = draft.runs()
    if not runs:
        return
    taken: set[tuple[str, str | None, str]] = set()
    for column in sorted(draft.free(), key=lambda item: len(item.keys)):
        field, why = measure_of(column)
        if not field:
            continue
        run, key = run_of(column, runs)
        if run is None:
            why = "a measure, but of which output? Say score:NAME@LABEL=COLUMN"
            draft.choose(column, "metadata", why, key=column.name)
            continue
        key = key if field == "score" else ""
        if (field, run, key) not in taken:
            taken.add((field, run, key))
            draft.choose(column, field, why, key=key, run=run)


def _answers_by_content(draft: _Draft) -> None:
    """Columns of unknown names that often hold just what was expected: answers of systems."""
    expected = draft.keys_of("expected")
    if expected is None or draft.runs():
        return
    for column in draft.free():
        if not column.is_top or not column.is_scalar or measure_of(column)[0] or _is_label(column):
            continue
        agreeing = _agreement(draft, column, expected)
        named = names.SYSTEM.search(column.leaf) is not None
        if (agreeing >= _LIKE_ANSWERS and (named or agreeing < 1)) or (named and agreeing > 0):
            why = f"equals the expectation in {agreeing:.0%} of the rows"
            draft.choose(column, "output", why, run=column.keys[-1])


def _is_label(column: Column) -> bool:
    known = (*names.CONTEXT, *names.GROUP, *names.SPLIT, *names.RUN, *names.EPOCH, *names.ID)
    return column.leaf in names.SLICE or column.leaf in known


def _agreement(draft: _Draft, column: Column, expected: tuple[str, ...]) -> float:
    """Share of the rows in which the column holds the expectation, whatever its case."""
    pairs = [
        (scalar_key(value_at(row, column.keys)), scalar_key(value_at(row, expected))) for _, row in draft.rows
    ]
    filled = [(found, wanted) for found, wanted in pairs if found and wanted]
    if not filled:
        return 0.0
    return sum(found.casefold() == wanted.casefold() for found, wanted in filled) / len(filled)


def _labels(draft: _Draft) -> None:
    """Context, group, split, weight, slices."""
    for field, known in (("context", names.CONTEXT), ("group", names.GROUP), ("split", names.SPLIT)):
        column = None if draft.has(field) else draft.first(known, _fits[field])
        if column:
            draft.choose(column, field, f"named '{column.leaf}'")
    weight = (
        None
        if draft.has("weight")
        else draft.first(("weight",), lambda item: item.is_top and item.is_numeric)
    )
    if weight:
        draft.choose(weight, "weight", "named 'weight', numbers")
    for column in draft.free():
        few = len(column.values) <= _MOST_SLICE_VALUES and (
            column.rows < 20 or len(column.values) <= column.rows // 2
        )
        if column.leaf in names.SLICE and column.is_scalar and few:
            why = f"named '{column.leaf}': {len(column.values):,} different values"
            draft.choose(column, "slices", why, key=column.keys[-1])


_fits: Mapping[str, Callable[[Column], bool]] = {
    "context": lambda column: bool(column.kinds & {"text", "list"}),
    "group": lambda column: column.is_top and column.is_scalar and len(column.values) < column.filled,
    "split": lambda column: column.is_top and column.is_scalar and len(column.values) <= 20,
}


def _rest(draft: _Draft) -> None:
    """Metadata of the case; what differs between the rows of a case stays with the answer."""
    runs = {run for run in draft.runs() if run}
    case_keys = draft.keys_of("id") or draft.keys_of("input") or draft.keys_of("turns")
    several = draft.has("run") or draft.has("epoch") or not _is_one_row_a_case(draft)
    for column in draft.free():
        if column.parent in runs:
            draft.choose(column, "detail", "stands beside the answer", key=column.keys[-1], run=column.parent)
        elif several and draft.has("output") and not draft.depends(column.keys, case_keys):
            draft.choose(column, "detail", "differs between the rows of a case", key=column.name)
        else:
            whole = column.kinds == {"object"} and column.name in {"metadata", "meta"}
            why = "fits nothing else" if column.filled else "is empty"
            draft.choose(column, "metadata", why, key="" if whole else column.name)


def _is_one_row_a_case(draft: _Draft) -> bool:
    keys = draft.keys_of("id")
    column = draft.columns.get(".".join(keys)) if keys else None
    return column is None or column.is_unique


_STEPS: tuple[Callable[[_Draft], None], ...] = (
    _shapes,
    _nested_runs,
    _trajectories,
    _question,
    _expectation,
    _long_format,
    _question_by_content,
    _identity,
    _answers_by_content,
    _measures,
    _labels,
    _rest,
)
