"""The options of a multiple-choice case, in another order, with the expectation mapped accordingly."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import replace

import regex

from steelyard.core import Case, Json
from steelyard.runs.perturbation._documents import reordered
from steelyard.runs.perturbation._dose import Dose
from steelyard.runs.perturbation._perturbation import perturbation

_KEYS = ("options", "choices")
_ANSWERS = ("answer", "label", "choice", "text", "key")
_LINE = regex.compile(r"^[ \t]*[(\[]?(?P<key>[A-Z])[.):\]][ \t]+(?P<text>\S.*?)[ \t]*$", regex.MULTILINE)
_TIED_TO_ORDER = regex.compile(
    r"(?i)\b(?:all|none|both|neither|either) of (?:the|these)\b|\babove\b|\b[A-E] (?:and|or) [A-E]\b"
)


@perturbation("shuffle_options", part="case", variant="option-order")
def shuffle_options(case: Case, dose: Dose) -> Case | None:
    """The same options in another order: `severity` is the share that moves, two at least.

    Options are those of the input's or expectation's `options` or `choices`, or lines such as "B) Paris"
    in the text asked. Keys keep their places, and an expected key follows its option. Cases are left out
    whose options speak of one another ("all of the above"), and whose expectation names no option.
    """
    for name, holder in (("input", case.input), ("expected", case.expected)):
        if isinstance(holder, Mapping):
            for key in _KEYS:
                if key in holder:
                    return _in_object(case, dose, where=name, key=key)
    if isinstance(case.input, str):
        return _in_text(case, case.input, dose)
    return None


def _in_object(case: Case, dose: Dose, *, where: str, key: str) -> Case | None:
    holder = case.input if where == "input" else case.expected
    given = holder[key] if isinstance(holder, Mapping) else None
    before = _lettered(given)
    moved = _moved(before, dose) if before else None
    if moved is None:
        return None
    shuffled: Json = dict(moved) if isinstance(given, Mapping) else list(moved.values())
    known, expected = _expected(case.expected, before, moved)
    if known and where == "input" and isinstance(case.input, Mapping):
        return replace(case, input={**case.input, key: shuffled}, expected=expected)
    if known and where == "expected" and isinstance(expected, Mapping):
        return replace(case, expected={**expected, key: shuffled})
    return None


def _lettered(options: Json) -> dict[str, str]:
    """Key to text of each option; empty when they are not all texts, or more than there are letters."""
    if isinstance(options, Mapping):
        pairs = list(options.items())
    elif isinstance(options, Sequence) and not isinstance(options, str):
        pairs = list(zip(string.ascii_uppercase, options, strict=False))
    else:
        return {}
    texts = {key: text for key, text in pairs if isinstance(text, str)}
    return texts if len(texts) == len(options) else {}


def _in_text(case: Case, text: str, dose: Dose) -> Case | None:
    lines = list(_LINE.finditer(text))
    keys = [line["key"] for line in lines]
    if len(keys) < 2 or keys != list(string.ascii_uppercase[: len(keys)]):
        return None
    before = {line["key"]: line["text"] for line in lines}
    moved = _moved(before, dose)
    if moved is None:
        return None
    known, expected = _expected(case.expected, before, moved)
    if not known:
        return None
    parts, end = [], 0
    for line in lines:
        parts += [text[end : line.start("text")], moved[line["key"]]]
        end = line.end("text")
    return replace(case, input="".join((*parts, text[end:])), expected=expected)


def _moved(options: Mapping[str, str], dose: Dose) -> dict[str, str] | None:
    texts = tuple(options.values())
    if len(set(texts)) < len(texts) or any(_TIED_TO_ORDER.search(text) for text in texts):
        return None
    return dict(zip(options, reordered(texts, dose), strict=True))


def _expected(value: Json, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[bool, Json]:
    """Whether the expectation is understood, and what it is now."""
    if value is None:
        return True, None
    if isinstance(value, str):
        now = {text: key for key, text in after.items()}
        bare = value.strip().strip("().:[]")
        for key, text in before.items():
            if bare.casefold() == key.casefold():
                return True, value.replace(bare, now[text], 1)
        return value.strip() in now, value
    if isinstance(value, Mapping):
        named = [key for key in _ANSWERS if isinstance(value.get(key), str)]
        changed = {key: _expected(value[key], before, after) for key in named}
        known = bool(named) and all(found for found, _ in changed.values())
        return known, {**value, **{key: item for key, (_, item) in changed.items()}}
    if isinstance(value, Sequence):
        each = [_expected(item, before, after) for item in value]
        return all(found for found, _ in each), [item for _, item in each]
    return False, value
