"""The playground's form: a case's texts in fields, and back to what was changed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from steelyard.app._playground import Changes, Choice
from steelyard.core import Case, Json, UsageError, parse_json
from steelyard.reports import one_line, visible

PARAMETERS = ("temperature", "top_p", "max_tokens", "seed")
_LARGEST = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """One text to change."""

    name: str
    """Its name in the form."""
    label: str
    """Whose words they are."""
    text: str
    """The text as it is."""
    is_json: bool = False
    """Whether it is JSON."""


def fields_of(case: Case) -> tuple[TextField, ...]:
    """The texts of a case: its input or each message of it, then the turns of a scripted user."""
    found = []
    value = case.input
    if isinstance(value, str):
        found.append(_field("input", "Input", value))
    elif _has_messages(value):
        found += [
            _field(f"message-{place}", _whose(message), str(message["content"]))
            for place, message in _texts(value)
        ]
    elif value is not None:
        found.append(TextField(name="object", label="Input, as JSON", text=_object(value), is_json=True))
    found += [
        _field(f"turn-{place}", f"Turn {place + 1}: {_whose(turn)}", str(turn["content"]))
        for place, turn in _texts(case.turns)
    ]
    return tuple(found)


def kept_as_is(case: Case) -> int:
    """How many messages and turns have no field, since they hold more than a text."""
    messages = [*(case.input if _has_messages(case.input) else ()), *case.turns]  # type: ignore[misc]
    return sum(1 for message in messages if not _is_text(message))


def changes_of(form: FormData, case: Case, choices: Sequence[Choice]) -> Changes:
    """What was changed in the form; a text that was left alone stays exactly as it was stored.

    Raises UsageError for a number that is none, and for broken JSON.
    """
    given = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    target = given.get("target", "")
    choice = next((each for each in choices if each.name == target), None)
    system = given.get("system")
    if choice is None or not choice.takes_parameters:
        system = None
    if system is not None and any(same_text(system, each.system or "") for each in choices):
        system = None
    return Changes(
        input=_input(given, case.input),
        turns=_turns(given, case.turns),
        target=target,
        system=None if system is None else _plain(system),
        parameters=_parameters(given) if choice is not None and choice.takes_parameters else None,
    )


def _input(given: Mapping[str, str], value: Json) -> Json:
    if isinstance(value, str):
        return _typed(given, "input", value)
    if _has_messages(value) and isinstance(value, Sequence):
        return _rewritten(given, "message", value)
    text = given.get("object", "")
    return None if not text or _plain(text) == _object(value) else _parsed(text, "object")


def _turns(
    given: Mapping[str, str], turns: Sequence[Mapping[str, Json]]
) -> tuple[Mapping[str, Json], ...] | None:
    changed = _rewritten(given, "turn", turns)
    return None if changed is None else tuple(each for each in changed if isinstance(each, Mapping))


def _rewritten(given: Mapping[str, str], name: str, messages: Sequence[Json]) -> list[Json] | None:
    """The messages with the texts of the form; None when none was changed."""
    changed = list(messages)
    for place, message in _texts(messages):
        text = _typed(given, f"{name}-{place}", str(message["content"]))
        if text is not None:
            changed[place] = {**message, "content": text}
    return None if changed == list(messages) else changed


def _parameters(given: Mapping[str, str]) -> dict[str, float] | None:
    found = {}
    for name in PARAMETERS:
        text = given.get(name, "").strip()
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not abs(value) <= _LARGEST:
            raise UsageError(f"{name.replace('_', ' ')} must be a number", where=name, hint=f"It is {text!r}")
        found[name] = value
    return found or None


def _texts(messages: object) -> Iterator[tuple[int, Mapping[str, Json]]]:
    if isinstance(messages, Sequence) and not isinstance(messages, str):
        for place, message in enumerate(messages):
            if _is_text(message):
                yield place, message


def _is_text(message: object) -> bool:
    return isinstance(message, Mapping) and isinstance(message.get("content"), str)


def _has_messages(value: Json) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        return False
    return all(isinstance(each, Mapping) and isinstance(each.get("role"), str) for each in value)


def _whose(message: Mapping[str, Json]) -> str:
    return one_line(str(message.get("role") or "user"))[:80]


def _field(name: str, label: str, text: str) -> TextField:
    """A text in a field; one with characters that a field would lose or hide, as a JSON string."""
    if _plain(text) == text and visible(text) == text:
        return TextField(name=name, label=label, text=text)
    return TextField(name=f"{name}-json", label=f"{label}, as JSON", text=json.dumps(text), is_json=True)


def _typed(given: Mapping[str, str], name: str, stored: str) -> str | None:
    """What was written into a field; None where it was left alone."""
    if f"{name}-json" in given:
        text = _parsed(given[f"{name}-json"], name)
        if not isinstance(text, str):
            raise UsageError("this must be a text", where=name, hint='Write it in JSON: "…"')
    else:
        text = _plain(given.get(name, stored))
    return None if text in (stored, _plain(stored)) else text


def _parsed(text: str, name: str) -> Json:
    try:
        return parse_json(text)
    except ValueError as error:
        raise UsageError(f"this is not JSON: {error}", where=name) from None


def _object(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if visible(text) == _plain(text) == text else json.dumps(value, indent=2)


def same_text(typed: str, stored: str) -> bool:
    """Whether a text came back from a field as it went out."""
    return _plain(typed) in (_plain(stored), _plain(visible(stored)))


def _plain(text: str) -> str:
    """A text as a field gives it back: one kind of line end, and no half characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return lines.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
