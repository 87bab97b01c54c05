"""Settings of metrics: text to typed values, and the check of their types."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from steelyard import text as texts
from steelyard.core import Json, UsageError, parse_json

_LONGEST_YAML = 256_000
_UNESCAPED_COMMA = re.compile(r"((?:\\.|[^\\,])*\\?)(?:,|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\,])")
_ESCAPE_PLUS = re.compile(r"(?<!\\)\+")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


@cache
def setting_types(owner: type) -> Mapping[str, Any]:
    """The resolved annotations of a metric class."""
    return get_type_hints(owner)


def parse_settings(
    owner: type, text: str, *, name: str, known: tuple[str, ...], folder: Path | None = None
) -> dict[str, object]:
    r"""The settings in `key=value,key=value`, typed by the fields of `owner`.

    A comma inside a value is written `\,` and a backslash before it `\\`; every other backslash stands
    for itself, so that regular expressions need no care. Lists are joined by `+`. `none` is no value.
    A setting that takes JSON may be `file:PATH`, relative to `folder`; `.yaml` and `.yml` are read as YAML.

    Raises UsageError for unknown, repeated or unreadable settings.
    """
    hints = setting_types(owner)
    values: dict[str, object] = {}
    for part in _split(text):
        key, equals, raw = part.partition("=")
        key = key.strip()
        if not equals:
            raise UsageError(
                f"{part!r} is not a setting", where=f"metric {name}", hint="Write NAME:key=value,key=value"
            )
        if key not in known:
            raise unknown_setting(key, name=name, known=known)
        if key in values:
            raise UsageError(f"{key} is given twice", where=f"metric {name}", hint="Give it once")
        values[key] = _Reader(name, key, folder).read(hints[key], raw)
    return values


def unknown_setting(key: str, *, name: str, known: tuple[str, ...]) -> UsageError:
    """The error for a setting that the metric does not have, with what is near."""
    if not known:
        return UsageError(f"no setting {key!r}", where=f"metric {name}", hint=f"{name} takes no settings")
    hint = near(key, known)
    listed = f"Its settings: {', '.join(known)}"
    return UsageError(
        f"no setting {key!r}", where=f"metric {name}", hint=f"{hint}. {listed}" if hint else listed
    )


def near(word: str, known: Iterable[str]) -> str:
    """`Did you mean …?` for the closest known words, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(close)}?" if close else ""


def check_settings(owner: type, values: Mapping[str, object], *, name: str) -> None:
    """Raise UsageError unless every setting has a value of its declared type."""
    hints = setting_types(owner)
    for key, value in values.items():
        if not _fits(hints[key], value):
            raise UsageError(
                f"{key} cannot be {value!r:.80}", where=f"metric {name}", hint=f"Give {describe(hints[key])}"
            )


def describe(kind: Any) -> str:
    """A setting's type in words: `true or false`, `one of strict, any`, `a whole number`."""
    origin = get_origin(kind)
    if origin is Literal:
        return "one of " + ", ".join(str(item) for item in get_args(kind))
    if origin in (Union, types.UnionType):
        members = [item for item in get_args(kind) if item is not type(None)]
        if len(members) > 1:
            return "JSON, or file:PATH"
        return f"{describe(members[0])}, or none"
    if origin is tuple:
        return "words joined by +"
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return words.get(kind, "JSON, or file:PATH")


def _split(text: str) -> list[str]:
    parts = [match.group(1) for match in _UNESCAPED_COMMA.finditer(text)]
    return [part for part in parts if part.strip()]


def _fits(kind: Any, value: object) -> bool:
    origin = get_origin(kind)
    if origin is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if origin in (Union, types.UnionType):
        return any(_fits(item, value) for item in get_args(kind))
    if origin is tuple:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, get_origin(kind) or kind) if isinstance(kind, type) or origin else True


class _Reader:
    """One value of one setting, from text."""

    def __init__(self, name: str, key: str, folder: Path | None) -> None:
        self._name = name
        self._key = key
        self._folder = folder

    def read(self, kind: Any, raw: str) -> object:
        value = _ESCAPE.sub(r"\1", raw)
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            return self._optional(get_args(kind), raw, value)
        if origin is tuple:
            return tuple(
                item.replace("\\+", "+").strip() for item in _ESCAPE_PLUS.split(value) if item.strip()
            )
        if kind is bool:
            return self._truth(value)
        if kind in (int, float):
            return self._number(kind, value)
        return value

    def _optional(self, kinds: tuple[Any, ...], raw: str, value: str) -> object:
        if value.strip().lower() == "none":
            return None
        members = [item for item in kinds if item is not type(None)]
        return self.read(members[0], raw) if len(members) == 1 else self._json(value)

    def _truth(self, value: str) -> bool:
        word = value.strip().lower()
        if word not in _TRUE | _FALSE:
            raise self._error(value, describe(bool))
        return word in _TRUE

    def _number(self, kind: type[int | float], value: str) -> int | float:
        try:
            return kind(value)
        except ValueError as error:
            raise self._error(value, describe(kind)) from error

    def _json(self, value: str) -> Json:
        text = value
        if value.startswith("file:"):
            path = Path(value.removeprefix("file:"))
            text = texts.read_text(path if self._folder is None else self._folder / path)
            if path.suffix.lower() in (".yaml", ".yml"):
                return self._yaml(text, value)
        try:
            return parse_json(text)
        except ValueError as error:
            raise self._error(value, f"JSON, or file:PATH ({error})") from error

    def _yaml(self, text: str, value: str) -> Json:
        """YAML of the kinds that JSON has, and so of what a run can store; no aliases, which can grow."""
        if len(text) > _LONGEST_YAML:
            raise self._error(value, f"a file of YAML of at most {_LONGEST_YAML:,} characters")
        try:
            return texts.parse_yaml(text, aliases=False)
        except ValueError as error:
            raise self._error(value, f"a file of YAML that JSON can hold ({error})") from error

    def _error(self, value: str, wanted: str) -> UsageError:
        return UsageError(
            f"{self._key} cannot be {value!r:.80}", where=f"metric {self._name}", hint=f"Give {wanted}"
        )
