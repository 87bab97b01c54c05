"""One row of a table to a case line and the outputs recorded with it, by a column mapping."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from steelyard.bench._columns import Column, find_keys, value_at
from steelyard.bench._json_rows import Row, parse_strict
from steelyard.bench._mapping import FIXED, ColumnChoice, ColumnMapping
from steelyard.bench._problems import shown
from steelyard.bench._row import CASE_FIELDS, as_text
from steelyard.bench._trajectory import conversation_output, is_conversation
from steelyard.core import Json

OUTPUT_FIELDS = (
    "output",
    "error",
    "latency_s",
    "first_token_s",
    "cost_usd",
    "usage",
    "trace",
    "scores",
    "detail",
    "attempts",
    "cached",
    "epoch",
)
"""The keys of a recorded output, which a case line may hold as well."""

_TRUE = frozenset({"true", "yes", "pass", "passed", "correct"})
_FALSE = frozenset({"false", "no", "fail", "failed", "incorrect"})
_TEXT_KEYS = ("text", "content", "page_content")

Report = Callable[[str, str], None]


@dataclass(slots=True)
class Shaped:
    """One row, sorted into fields but not yet validated."""

    case: Row = field(default_factory=dict)
    """The case line."""
    outputs: dict[str, Row] = field(default_factory=dict)
    """Run label to the recorded-output line."""
    run: str = ""
    """Label for the output without one, when a column names it."""
    epoch: Json = None
    """The repetition as written; None when the row does not say."""


class Shaper:
    """Applies a mapping to rows. Top-level keys in `fixed` are read as the case format says."""

    def __init__(
        self, mapping: ColumnMapping, *, columns: Mapping[str, Column], fixed: Collection[str] = ()
    ) -> None:
        self._fixed = frozenset(fixed)
        self._choices = [
            (choice, columns[choice.column].keys if choice.column in columns else None)
            for choice in mapping.choices
            if choice.why != FIXED and choice.field != "ignore"
        ]
        self._labels = [choice.run for choice in mapping.of("output")]

    def shape(self, row: Mapping[str, Json], report: Report) -> Shaped:
        """Sort a row into fields; values that cannot be read as what they should be are reported."""
        shaped = Shaped()
        self._take_fixed(row, shaped)
        for choice, keys in self._choices:
            found = keys or find_keys(row, choice.column)
            value = value_at(row, found) if found else None
            if value is None or (value == "" and choice.field != "output"):
                continue
            try:
                self._take(choice, value, shaped)
            except ValueError as error:
                report(choice.column, str(error))
        shaped.outputs = {
            label: output
            for label, output in shaped.outputs.items()
            if output.get("output") is not None or output.get("error")
        }
        return shaped

    def _take_fixed(self, row: Mapping[str, Json], shaped: Shaped) -> None:
        if not self._fixed:
            return
        output: Row = {}
        for name, value in row.items():
            if name not in self._fixed or value is None:
                continue
            if name in CASE_FIELDS:
                shaped.case[name] = value
            elif name == "epoch":
                shaped.epoch = value
            else:
                output[name] = value
        metadata = shaped.case.get("metadata")
        if isinstance(metadata, Mapping):
            shaped.case["metadata"] = dict(metadata)
        if output:
            shaped.outputs[""] = output

    def _take(self, choice: ColumnChoice, value: Json, shaped: Shaped) -> None:
        if choice.field == "run":
            shaped.run = as_text(value)
        elif choice.field == "epoch":
            shaped.epoch = value
        elif choice.field in _OUTPUT_PARTS:
            for label in [choice.run] if choice.run or len(self._labels) < 2 else self._labels:
                _OUTPUT_PARTS[choice.field](shaped.outputs.setdefault(label, {}), choice, value)
        else:
            _CASE_PARTS[choice.field](shaped.case, choice, value)


def to_number(value: Json) -> float:
    """A number, also from text; truth words are 1 and 0. Raises ValueError."""
    if isinstance(value, bool | int | float):
        return float(value)
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _TRUE or word in _FALSE:
        return float(word in _TRUE)
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise ValueError(f"must be a number, not {shown(value)}")
    return number


def _set_text(case: Row, choice: ColumnChoice, value: Json) -> None:
    case[choice.field] = value if isinstance(value, Mapping | list) else as_text(value)


def _set_object_or_value(case: Row, choice: ColumnChoice, value: Json) -> None:
    if choice.key:
        whole = case.setdefault(choice.field, {})
        if not isinstance(whole, dict):
            raise ValueError(
                f"{choice.field} is taken by another column: give both a key, {choice.field}:KEY"
            )
        whole[choice.key] = value
    else:
        _set_text(case, choice, value)


def _set_list(case: Row, choice: ColumnChoice, value: Json) -> None:
    parsed = value
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            parsed = parse_strict(value)
        except ValueError:
            parsed = value
    items = parsed if isinstance(parsed, list) else [parsed]
    if choice.field == "context":
        items = [_document(item) for item in items]
    earlier = case.get(choice.field)
    case[choice.field] = [*(earlier if isinstance(earlier, list) else []), *items]


def _document(item: Json) -> Json:
    if isinstance(item, Mapping):
        for key in _TEXT_KEYS:
            if isinstance(item.get(key), str):
                return item[key]
    return item if isinstance(item, str | Mapping | list) or item is None else as_text(item)


def _set_weight(case: Row, _choice: ColumnChoice, value: Json) -> None:
    case["weight"] = to_number(value)


def _set_metadata(case: Row, choice: ColumnChoice, value: Json) -> None:
    metadata = case.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        return
    if not choice.key and isinstance(value, Mapping):
        metadata.update(value)
    elif metadata.setdefault(choice.key or choice.column, value) != value:
        raise ValueError("is a column, and another value of that name stands in metadata")


def _set_output(output: Row, _choice: ColumnChoice, value: Json) -> None:
    if not is_conversation(value):
        output["output"] = value
        return
    recorded = conversation_output(value)
    kept = output.get("detail")
    detail = recorded.pop("detail")
    if isinstance(kept, Mapping) and isinstance(detail, Mapping):
        detail = {**kept, **detail}
    output.update(recorded, detail=detail)


def _set_error(output: Row, _choice: ColumnChoice, value: Json) -> None:
    output["error"] = value if isinstance(value, str | Mapping) else as_text(value)


def _set_score(output: Row, choice: ColumnChoice, value: Json) -> None:
    scores = output.setdefault("scores", {})
    if isinstance(scores, dict):
        scores[choice.key or choice.column.rpartition(".")[2]] = to_number(value)


def _set_number(output: Row, choice: ColumnChoice, value: Json) -> None:
    number = to_number(value)
    if number < 0:
        raise ValueError(f"must not be negative, got {shown(value)}")
    if choice.field.endswith("_tokens"):
        usage = output.setdefault("usage", {})
        if isinstance(usage, dict):
            usage[choice.field] = int(number)
    elif choice.field == "latency_ms":
        output["latency_s"] = number / 1000
    else:
        output[choice.field] = number


def _set_detail(output: Row, choice: ColumnChoice, value: Json) -> None:
    detail = output.setdefault("detail", {})
    if isinstance(detail, dict):
        detail[choice.key or choice.column] = value


_Part = Callable[[Row, ColumnChoice, Json], None]

_CASE_PARTS: Mapping[str, _Part] = {
    "id": _set_text,
    "group": _set_text,
    "split": _set_text,
    "input": _set_object_or_value,
    "expected": _set_object_or_value,
    "slices": lambda case, choice, value: _set_object_or_value(
        case, choice if choice.key else ColumnChoice(column="", field="slices", key=choice.column), value
    ),
    "context": _set_list,
    "turns": _set_list,
    "attachments": _set_list,
    "weight": _set_weight,
    "metadata": _set_metadata,
}

_OUTPUT_PARTS: Mapping[str, _Part] = {
    "output": _set_output,
    "error": _set_error,
    "score": _set_score,
    "latency_s": _set_number,
    "latency_ms": _set_number,
    "cost_usd": _set_number,
    "input_tokens": _set_number,
    "output_tokens": _set_number,
    "detail": _set_detail,
}
