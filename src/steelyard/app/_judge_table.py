"""The `[judges.NAME]` table: what a judge is asked, read and checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

from steelyard.core import ConfigError, Json, NotFoundError, UsageError, parse_json
from steelyard.metrics.judge import SHIPPED, Combine

Mode = Literal["direct", "classification", "reference", "checklist", "pairwise"]
Structured = Literal["schema", "object", "text"]

BUILT_IN: Mapping[str, Mapping[str, Json]] = {
    **{name: {"rubric": name} for name in SHIPPED},
    "reference": {"mode": "reference"},
    "pairwise": {"mode": "pairwise"},
}
"""Judges without a table: `--metric judge:correctness:target=NAME`."""

_UNESCAPED_COMMA = re.compile(r"(?<!\\),")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "text": ("uri", "target", "rubric", "mode", "combine", "against", "question", "structured"),
    "flag": ("one_by_one", "uses_expected", "uses_context", "trajectory"),
    "whole": ("samples", "max_connections", "max_characters"),
    "number": ("max_cost_usd",),
    "texts": ("panel", "criteria", "questions"),
    "table": ("labels",),
}
JUDGE_KEYS = tuple(sorted(key for keys in _KINDS.values() for key in keys))
_WORDS = {
    "text": "text",
    "flag": "true or false",
    "whole": "a whole number of at least 1",
    "number": "a number of at least 0",
    "texts": "a list of texts",
    "table": "a table of labels and their values",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTable:
    """The settings of a judge; what is not named here is a setting of its target."""

    where: str
    """The place to name in messages."""
    uri: str = ""
    """The model, as a target's URI."""
    target: str = ""
    """The model, as the name of a target; its prompts and sampling are left aside."""
    rubric: str = ""
    """A shipped rubric or a file."""
    criteria: tuple[str, ...] = ()
    """Only these criteria of the rubric; empty: all."""
    mode: Mode = "direct"
    """What is asked."""
    one_by_one: bool = False
    """A request for each criterion."""
    question: str = ""
    """What a classification asks."""
    labels: Mapping[str, Json] = field(default_factory=dict)
    """The labels of a classification."""
    questions: tuple[str, ...] = ()
    """A checklist."""
    against: str = ""
    """The run or release of a pairwise judge."""
    samples: int = 1
    """How often each model is asked."""
    panel: tuple[str, ...] = ()
    """Names of judges or targets whose models sit together."""
    combine: Combine | None = None
    """How several verdicts become one; None: majority for choices, otherwise mean."""
    structured: Structured = "schema"
    """How the form of the answer is asked for."""
    uses_expected: bool = False
    """Whether the expectation is shown."""
    uses_context: bool = False
    """Whether documents are shown."""
    trajectory: bool = False
    """Whether an agent's compacted steps are shown instead of the conversation."""
    max_characters: int = 40_000
    """The longest text shown."""
    max_connections: int = 16
    """Calls under way at once."""
    max_cost_usd: float | None = None
    """A cap on a sitting's spending on this judge."""
    target_settings: Mapping[str, Json] = field(default_factory=dict)
    """Settings of the target."""


def find_table(judges: Mapping[str, Mapping[str, Json]], text: str) -> tuple[str, JudgeTable]:
    """Name and settings of the judge in `NAME` or `NAME:key=value,…`, which stand before the table's.

    Raises NotFoundError for an unknown judge, ConfigError or UsageError for settings that cannot be used.
    """
    name, colon, rest = text.partition(":")
    table = judges.get(name) or BUILT_IN.get(name)
    if table is None:
        known = ", ".join([*judges, *BUILT_IN])
        near = difflib.get_close_matches(name, [*judges, *BUILT_IN], n=1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        raise NotFoundError(
            f"no judge named '{name}'",
            where="judge",
            hint=f"{guess}Known judges: {known}; others stand under [judges.NAME] in steelyard.toml",
        )
    where = f"[judges.{name}]" if name in judges else f"judge {name}"
    given = _options(rest, where=where) if colon else {}
    if "target" in given or "uri" in given:
        table = {key: value for key, value in table.items() if key not in ("target", "uri", "panel")}
    return name, read_table({**table, **given}, where=where)


def read_table(table: Mapping[str, Json], *, where: str) -> JudgeTable:
    """A checked table; raises ConfigError that names the key."""
    values: dict[str, Any] = {}
    for kind, keys in _KINDS.items():
        values |= {key: _checked(table[key], key, kind, where=where) for key in keys if key in table}
    for key, choices in (
        ("mode", get_args(Mode)),
        ("combine", get_args(Combine)),
        ("structured", get_args(Structured)),
    ):
        if key in values and values[key] not in choices:
            raise ConfigError(
                f"'{key}' must be one of {', '.join(choices)}",
                where=where,
                hint=f"It is {values[key]!r:.40}",
            )
    rest = {key: value for key, value in table.items() if key not in JUDGE_KEYS}
    made = JudgeTable(where=where, target_settings=rest, **values)
    return made if "mode" in values else replace(made, mode=_implied(made))


def unknown_key(error: ConfigError, table: JudgeTable) -> ConfigError:
    """A target's complaint about a setting, told for a judge: the near miss may be a key of the judge's."""
    bad = next((key for key in table.target_settings if repr(key) in error.message), None)
    near = difflib.get_close_matches(bad, JUDGE_KEYS, n=1) if bad else []
    guess = f"Did you mean {near[0]}? " if near else ""
    hint = f"{guess}Judges take {', '.join(JUDGE_KEYS)}. {error.hint}" if bad else error.hint
    return ConfigError(error.message, where=table.where, hint=hint)


def _implied(table: JudgeTable) -> Mode:
    if table.against:
        return "pairwise"
    if table.labels:
        return "classification"
    return "checklist" if table.questions else "direct"


def _options(rest: str, *, where: str) -> dict[str, Json]:
    options: dict[str, Json] = {}
    for part in filter(None, _UNESCAPED_COMMA.split(rest)):
        key, equals, raw = part.replace("\\,", ",").partition("=")
        if not equals:
            raise UsageError(
                f"{part!r:.60} is not a setting", where=where, hint="Write judge:NAME:key=value,key=value"
            )
        options[key.strip()] = _typed(key.strip(), raw)
    return options


def _typed(key: str, raw: str) -> Json:
    if key in _KINDS["text"]:
        return raw
    if key in _KINDS["texts"]:
        return [item.strip() for item in raw.split("+") if item.strip()]
    try:
        return parse_json(raw)
    except ValueError:
        return raw


def _checked(value: Json, key: str, kind: str, *, where: str) -> object:
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "text": isinstance(value, str),
        "flag": isinstance(value, bool),
        "whole": isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "number": number and cast("float", value) >= 0,
        "texts": items is not None and all(isinstance(item, str) for item in items),
        "table": isinstance(value, Mapping),
    }
    if not fits[kind]:
        raise ConfigError(f"'{key}' must be {_WORDS[kind]}", where=where, hint=f"It is {value!r:.60}")
    return tuple(items) if kind == "texts" and items is not None else value
