"""A column mapping: which column of a foreign table is which field of a case or an output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import ConfigError, Json, UsageError

FIELDS: Mapping[str, str] = {
    "id": "the case's id",
    "input": "what is asked; input:KEY makes an object",
    "expected": "what is known about a right answer; expected:KEY makes an object",
    "context": "documents the answer may rely on",
    "turns": "messages of a scripted user",
    "attachments": "paths of files sent with the input",
    "slices": "a slice dimension; slices:DIMENSION names it",
    "group": "the cluster a case belongs to",
    "weight": "the case's weight",
    "split": "the case's split",
    "metadata": "kept, and never read by a metric",
    "output": "a recorded answer; output:LABEL names its run",
    "run": "names the run of each row, when a case has several rows",
    "epoch": "the repetition, when a case has several rows in a run",
    "score": "a recorded score; score:NAME@LABEL gives it a name and a run",
    "latency_s": "seconds the answer took",
    "latency_ms": "milliseconds the answer took",
    "cost_usd": "what the answer cost, in US dollars",
    "input_tokens": "tokens read",
    "output_tokens": "tokens written",
    "error": "why there is no answer",
    "detail": "kept with the answer, and never read by a metric",
    "ignore": "left out",
}
"""What a column may be mapped to, with its meaning."""

FIXED = "a field of the case format"
"""Why a key of the contract is read as what it is."""

_OF_OUTPUTS = frozenset(
    {"output", "latency_s", "latency_ms", "cost_usd", "input_tokens", "output_tokens", "error", "detail"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """One column, and what it is taken for."""

    column: str
    """The column's name; a dotted path for a value inside an object."""
    field: str
    """A key of `FIELDS`."""
    key: str = ""
    """Slice dimension, score name or object key, where the field takes one."""
    run: str = ""
    """Label of the run an output, score, latency or cost belongs to; empty: the only run, or every one."""
    why: str = ""
    """Why it is taken so, for people."""

    def as_json(self) -> dict[str, Json]:
        """The form that is shown and saved."""
        entries = {
            "column": self.column,
            "field": self.field,
            "key": self.key,
            "run": self.run,
            "why": self.why,
        }
        return {name: text for name, text in entries.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """All columns of a table with what they are taken for; can be shown, saved, edited and used again."""

    choices: tuple[ColumnChoice, ...] = ()
    """In column order."""

    def of(self, field: str) -> list[ColumnChoice]:
        """The columns taken for one field."""
        return [choice for choice in self.choices if choice.field == field]

    def as_json(self) -> dict[str, Json]:
        """The form that is shown and saved, as JSON or TOML."""
        return {"columns": [choice.as_json() for choice in self.choices]}


def mapping_from_json(data: Mapping[str, Json]) -> ColumnMapping:
    """A saved mapping; raises ConfigError when it is not one."""
    columns = data.get("columns")
    if not isinstance(columns, Sequence) or isinstance(columns, str):
        raise ConfigError("a column mapping needs a list 'columns'", hint="Save one with: steelyard import")
    return ColumnMapping(choices=tuple(_choice(entry) for entry in columns))


def parse_override(text: str) -> ColumnChoice:
    """What `--map FIELD=COLUMN` says; raises UsageError.

    FIELD is a key of `FIELDS`, with `:KEY` where it takes one: `output:LABEL`, `score:NAME@LABEL`,
    `slices:DIMENSION`, `expected:KEY`. COLUMN is a name or a dotted path.
    """
    left, separator, column = text.partition("=")
    field, _, key = left.strip().partition(":")
    column = column.strip()
    if not separator or not column or not field:
        raise UsageError(f"'{text}' is not FIELD=COLUMN", where="--map", hint="Write, say, input=question")
    if field not in FIELDS:
        raise UsageError(f"'{field}' is not a field", where="--map", hint=f"Fields: {', '.join(FIELDS)}")
    run = ""
    if field == "score":
        key, _, run = key.partition("@")
    elif field in _OF_OUTPUTS:
        key, run = "", key
    return ColumnChoice(column=column, field=field, key=key, run=run, why="you said so")


def _choice(entry: Json) -> ColumnChoice:
    if not isinstance(entry, Mapping):
        raise ConfigError("each of a mapping's columns is a table with 'column' and 'field'")
    texts = {name: entry.get(name, "") for name in ("column", "field", "key", "run", "why")}
    wrong = [name for name, text in texts.items() if not isinstance(text, str)]
    if wrong or not texts["column"] or texts["field"] not in FIELDS:
        raise ConfigError(
            f"the mapping of column {texts['column']!r} to field {texts['field']!r} cannot be used",
            hint=f"Fields: {', '.join(FIELDS)}",
        )
    return ColumnChoice(**{name: str(text) for name, text in texts.items()})
