"""Prompts filled in as promptfoo fills them, as far as that is plain substitution."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from steelyard.bench._json_rows import parse_strict
from steelyard.bench.importers._values import as_object
from steelyard.core import Json, canonical_json

_PLACE = re.compile(r"\{\{-?\s*([^{}]{0,300}?)\s*-?\}\}")
_PATH = re.compile(r"([A-Za-z_$][\w$]*)((?:\.[A-Za-z_$][\w$]*|\[\s*(?:\d+|'[^']*'|\"[^\"]*\")\s*\])*)")
_STEP = re.compile(r"\.([A-Za-z_$][\w$]*)|\[\s*(?:(\d+)|'([^']*)'|\"([^\"]*)\")\s*\]")
_FILTERS = frozenset({"safe", "trim", "upper", "lower", "dump"})
_ROUNDS = 5
_MOST_LETTERS = 16 * 2**20


class NotPlainError(ValueError):
    """A template that needs promptfoo's template engine; the message says which part."""


def render(template: str, variables: Mapping[str, Json]) -> str:
    """The template with `{{name}}`, `{{name.key}}` and `{{name[0]}}` filled in.

    A variable that is not there is empty, as in promptfoo. A template that is JSON has the texts in it
    filled one by one. Raises NotPlainError for conditions, loops, calls and unknown filters.
    """
    values = _resolved(variables)
    try:
        parsed = parse_strict(template)
    except ValueError:
        return _filled(template, values)
    if isinstance(parsed, Mapping | list):
        return json.dumps(_filled_json(parsed, values), ensure_ascii=False, indent=2)
    return _filled(template, values)


def render_value(value: Json, variables: Mapping[str, Json]) -> Json:
    """An assert's value with its texts filled in; what is not plain stays as it is written."""
    try:
        return _filled_json(value, _resolved(variables))
    except NotPlainError:
        return value


def _resolved(variables: Mapping[str, Json]) -> dict[str, Json]:
    """Variables with variables in them replaced, up to five rounds as in promptfoo."""
    values = {
        name: value.removesuffix("\n") if isinstance(value, str) else value
        for name, value in variables.items()
    }
    for _ in range(_ROUNDS):
        changed = False
        for name, value in values.items():
            if isinstance(value, str) and "{{" in value:
                new = _substituted(value, lambda match: _known(match, values))
                changed = changed or new != value
                values[name] = new
        if not changed:
            break
    return values


def _known(match: re.Match[str], values: Mapping[str, Json]) -> str:
    name = match.group(1)
    return _js_text(values[name]) if name in values else match.group(0)


def _filled(template: str, values: Mapping[str, Json]) -> str:
    if "{%" in template or "{#" in template:
        raise NotPlainError("it holds conditions, loops or comments")
    if template.count("{{") != len(_PLACE.findall(template)):
        raise NotPlainError("it holds more than variables between braces")
    return _substituted(template, lambda match: _place(match.group(1), values))


def _substituted(text: str, put: Callable[[re.Match[str]], str]) -> str:
    """The text with every place filled; raises NotPlainError before it grows without bounds."""
    parts: list[str] = []
    size = end = 0
    for match in _PLACE.finditer(text):
        found = put(match)
        parts += (text[end : match.start()], found)
        end = match.end()
        size += len(found)
        if size > _MOST_LETTERS:
            raise NotPlainError("its variables grow past 16 MiB")
    return "".join((*parts, text[end:]))


def _filled_json(value: Json, values: Mapping[str, Json]) -> Json:
    if isinstance(value, str):
        return _filled(value, values)
    if isinstance(value, Mapping):
        return {_filled(name, values): _filled_json(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled_json(item, values) for item in value]
    return value


def _place(expression: str, values: Mapping[str, Json]) -> str:
    path, *filters = [part.strip() for part in expression.split("|")]
    match = _PATH.fullmatch(path)
    if match is None or path == "env" or path.startswith(("env.", "env[")):
        raise NotPlainError(f"'{{{{{expression[:40]}}}}}' is more than a variable")
    value = values.get(match.group(1))
    for step in _STEP.finditer(match.group(2)):
        value = _step(value, step)
    text = _js_text(value)
    for name in filters:
        if name not in _FILTERS:
            raise NotPlainError(f"the filter '{name[:40]}' is not known here")
        text = _filtered(name, text, value)
    return text


def _filtered(name: str, text: str, value: Json) -> str:
    if name == "dump":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return {"trim": text.strip(), "upper": text.upper(), "lower": text.lower()}.get(name, text)


def _step(value: Json, step: re.Match[str]) -> Json:
    key, number, *quoted = step.groups()
    if number is not None:
        return value[int(number)] if isinstance(value, list) and int(number) < len(value) else None
    return as_object(value).get(key or quoted[0] or quoted[1] or "")


def _js_text(value: Json) -> str:
    """A value as JavaScript writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, list):
        return ",".join(_js_text(item) for item in value)
    return value if isinstance(value, str) else canonical_json(value)
