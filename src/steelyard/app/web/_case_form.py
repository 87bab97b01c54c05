"""A case as a form, and back, without a character lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, cast

from steelyard.core import Case, InputError, Json, parse_json

Kind = Literal["text", "json"]

EMPTY_SLICES = 2
_OWN = ("id", "input", "expected", "context", "slices", "group", "weight", "split")
_LOST = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""What a browser's text field does not give back, or does not show: such texts are written as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseForm:
    """What stands in the fields; typed texts are kept as they were typed."""

    id: str = ""
    """Case id."""
    input: str = ""
    """The question."""
    input_as: Kind = "text"
    """How `input` is written."""
    expected: str = ""
    """The expectation; nothing for none."""
    expected_as: Kind = "text"
    """How `expected` is written."""
    context: tuple[str, ...] = ()
    """Documents, one a field."""
    slices: tuple[tuple[str, str], ...] = ()
    """Dimension and value."""
    group: str = ""
    """The cluster; nothing for none."""
    weight: str = "1"
    """A number above 0."""
    split: str = "open"
    """`open`, `sealed` or another."""
    rest: str = ""
    """The other fields as a JSON object: turns, scenario, attachments, metadata; nothing for none."""
    raw: str | None = None
    """The whole line as JSON; then the other fields do not count."""
    has_fields: bool = True
    """Whether it can be shown in fields: not with characters that a text field would lose."""


def form_of(line: Mapping[str, Json]) -> CaseForm:
    """The fields of a case line; what a text field would lose is written as JSON."""
    texts = [*_texts(line.get("context")), *_flat(line.get("slices")), str(line.get("group") or "")]
    if any(_LOST.search(text) for text in texts) or _has_returns(texts):
        return replace(raw_of(line), has_fields=False)
    question, question_as = _written(line.get("input"))
    expected, expected_as = _written(line.get("expected"))
    rest = {name: value for name, value in line.items() if name not in _OWN}
    found = line.get("slices")
    return CaseForm(
        id=str(line.get("id", "")),
        input=question,
        input_as=question_as,
        expected=expected,
        expected_as=expected_as,
        context=tuple(_texts(line.get("context"))),
        slices=tuple((name, str(value)) for name, value in found.items())
        if isinstance(found, Mapping)
        else (),
        group=str(line.get("group") or ""),
        weight=_number(line.get("weight", 1)),
        split=str(line.get("split") or "open"),
        rest=_pretty(rest) if rest else "",
    )


def raw_of(line: Mapping[str, Json]) -> CaseForm:
    """The same as one JSON text."""
    return CaseForm(id=str(line.get("id", "")), raw=_pretty(dict(line)))


def line_of(form: CaseForm) -> dict[str, Json]:
    """The case line that was typed; raises InputError that names the field which cannot be read."""
    if form.raw is not None:
        line = _object(form.raw, "the line")
        if form.id:
            line.setdefault("id", form.id)
        _check_names(line)
        return line
    line = {"id": form.id.strip()}
    line["input"] = _read(form.input, form.input_as, "input")
    line["expected"] = _read(form.expected, form.expected_as, "expected")
    line["context"] = [text for text in form.context if text] or None
    line["slices"] = _slices(form.slices) or None
    line["group"] = form.group.strip() or None
    line["weight"] = _weight(form.weight)
    line["split"] = form.split.strip() or None
    rest = _object(form.rest, "the other fields") if form.rest.strip() else {}
    clash = sorted(set(rest) & set(_OWN))
    if clash:
        raise InputError(f"'{clash[0]}' has a field of its own", where="other fields", hint="Write it there")
    line.update(rest)
    _check_names(line)
    return {name: value for name, value in line.items() if value is not None}


def read_form(given: Mapping[str, Sequence[str]]) -> CaseForm:
    """The fields as a browser sends them: with `\\r\\n` for the end of a line."""

    def one(name: str) -> str:
        return _plain(given.get(name, ("",))[0])

    def kind(name: str) -> Kind:
        return cast("Kind", one(name)) if one(name) in ("text", "json") else "text"

    pairs = zip(given.get("dimension", ()), given.get("value", ()), strict=False)
    form = CaseForm(
        id=one("id"),
        input=one("input"),
        input_as=kind("input_as"),
        expected=one("expected"),
        expected_as=kind("expected_as"),
        context=tuple(_plain(text) for text in given.get("context", ()) if text),
        slices=tuple((name.strip(), value.strip()) for name, value in pairs if name.strip() or value.strip()),
        group=one("group"),
        weight=one("weight"),
        split=one("split"),
        rest=one("rest"),
    )
    return replace(form, raw=one("raw")) if "raw" in given else form


def _written(value: Json) -> tuple[str, Kind]:
    if value is None:
        return "", "text"
    if isinstance(value, str) and value and not _LOST.search(value) and not _has_returns([value]):
        return value, "text"
    return _pretty(value), "json"


def _number(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "1"
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)


def _has_returns(texts: Sequence[str]) -> bool:
    return any("\r" in text for text in texts)


def _pretty(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _LOST.sub(lambda found: f"\\u{ord(found.group()):04x}", text) if _LOST.search(text) else text


def _read(text: str, kind: Kind, name: str) -> Json:
    if kind == "text":
        return text or None
    return _parsed(text, name) if text.strip() else None


def _parsed(text: str, name: str) -> Json:
    try:
        return parse_json(text)
    except ValueError as error:
        raise InputError(
            f"{name} is not JSON: {error}", where=name, hint="Mend it, or write it as text"
        ) from None


def _object(text: str, name: str) -> dict[str, Json]:
    found = _parsed(text, name)
    if not isinstance(found, Mapping):
        raise InputError(f"{name} must be one JSON object", where=name, hint='Write {"metadata": {…}}')
    return dict(found)


def _slices(pairs: Sequence[tuple[str, str]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if not name or not value:
            raise InputError(
                "a slice needs a dimension and a value", where="slices", hint="Write, say, topic and refunds"
            )
        if name in found:
            raise InputError(f"the slice dimension '{name[:200]}' is there twice", where="slices")
        found[name] = value
    return found


def _weight(text: str) -> Json:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(
            "the weight is not a number", where="weight", hint="Write 1, or another above 0"
        ) from None


def _check_names(line: Mapping[str, Json]) -> None:
    known = {item.name for item in fields(Case)}
    for name in line:
        if name not in known:
            raise InputError(
                f"a case has no field '{name[:100]}'",
                where="the case",
                hint=f"Fields: {', '.join(item.name for item in fields(Case))}; your own go into metadata",
            )


def _texts(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def _flat(value: Json) -> list[str]:
    return [str(text) for pair in value.items() for text in pair] if isinstance(value, Mapping) else []


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
