"""What a target is made from, and the checked reading of its settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from steelyard.core import Clock, ConfigError, Json, SystemClock, parse_json

SettingKind = Literal["text", "number", "whole", "flag", "texts", "object", "objects", "any"]

COMMON_SETTINGS: Mapping[str, SettingKind] = {"uri": "text", "timeout": "number", "price": "object"}
"""Settings that every target takes: its URI, seconds a request may take, and a price."""

_WORDS: Mapping[SettingKind, str] = {
    "text": "text",
    "number": "a number",
    "whole": "a whole number",
    "flag": "true or false",
    "texts": "text or a list of texts",
    "object": "a table",
    "objects": "a list of tables",
    "any": "any value",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """A target's URI taken apart, its settings, and the world it may read."""

    scheme: str
    """`openai`, `replay`, …: the word before the first colon."""
    rest: str
    """What follows the first colon."""
    name: str = ""
    """The project file's name for it; empty for a bare URI."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """The project file's table, unchecked."""
    folder: Path
    """The project folder: files and modules are looked for here."""
    environ: Mapping[str, str] = field(repr=False)
    """Environment variables; keys are read from here and nowhere else."""
    clock: Clock = field(default_factory=SystemClock)
    """Measures latencies."""

    @property
    def where(self) -> str:
        """The place to name in messages."""
        return f"[targets.{self.name}]" if self.name else f"target {self.scheme}:…"


def read_settings(
    spec: TargetSpec, known: Mapping[str, SettingKind], *, query: Mapping[str, str] | None = None
) -> dict[str, Json]:
    """The settings of table and URI query, checked; the query wins.

    Raises ConfigError naming the first setting that is unknown or of a wrong kind.
    """
    kinds = {**COMMON_SETTINGS, **known}
    settings: dict[str, Json] = {}
    for key, value in spec.settings.items():
        _known(key, kinds, spec)
        if value is not None:
            settings[key] = _checked(key, value, kinds[key], where=spec.where)
    for key, text in (query or {}).items():
        _known(key, kinds, spec)
        settings[key] = _checked(key, _from_query(text, kinds[key]), kinds[key], where=spec.where)
    settings.pop("uri", None)
    timeout = settings.get("timeout")
    if isinstance(timeout, int | float) and timeout <= 0:
        raise ConfigError("timeout must be above 0 seconds", where=spec.where)
    return settings


def _known(key: str, kinds: Mapping[str, SettingKind], spec: TargetSpec) -> None:
    if key in kinds:
        return
    near = difflib.get_close_matches(key, kinds, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    raise ConfigError(
        f"unknown setting {key!r}",
        where=spec.where,
        hint=f"{guess}{spec.scheme} targets take {', '.join(sorted(kinds))}",
    )


def _from_query(text: str, kind: SettingKind) -> Json:
    if kind in {"text", "texts"}:
        return text
    try:
        return parse_json(text)
    except ValueError:
        return text


def _checked(key: str, value: Json, kind: SettingKind, *, where: str) -> Json:
    if not _fits(value, kind):
        raise ConfigError(f"{key} must be {_WORDS[kind]}, not {type(value).__name__}", where=where)
    return value


def _fits(value: Json, kind: SettingKind) -> bool:
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else None
    fits: dict[SettingKind, bool] = {
        "text": isinstance(value, str),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "whole": isinstance(value, int) and not isinstance(value, bool),
        "flag": isinstance(value, bool),
        "texts": isinstance(value, str)
        or (items is not None and all(isinstance(item, str) for item in items)),
        "object": isinstance(value, Mapping),
        "objects": items is not None and all(isinstance(item, Mapping) for item in items),
        "any": True,
    }
    return fits[kind]


def text_setting(settings: Mapping[str, Json], key: str, default: str = "") -> str:
    """A checked text setting, or the default."""
    value = settings.get(key)
    return value if isinstance(value, str) else default


def table_setting(settings: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """A checked table setting, or an empty one."""
    value = settings.get(key)
    return value if isinstance(value, Mapping) else {}


def whole_setting(settings: Mapping[str, Json], key: str, *, default: int, where: str) -> int:
    """A checked whole-number setting of at least 1, or the default."""
    value = settings.get(key)
    if not isinstance(value, int):
        return default
    if value < 1:
        raise ConfigError(f"{key} must be at least 1", where=where)
    return value
