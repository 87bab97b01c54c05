"""What an output answers, as a JSON value or one of its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steelyard.core import Json, Output, parse_json

_FENCE = "```"


def read_json(text: str, *, fenced: bool = False) -> Json:
    """The JSON value of a text; with `fenced`, also of a text inside one Markdown fence.

    Raises ValueError when it is not JSON, or is nested too deeply to be read.
    """
    text = text.strip()
    if fenced and text.startswith(_FENCE) and text.endswith(_FENCE) and len(text) > 2 * len(_FENCE):
        _, _, text = text[: -len(_FENCE)].partition("\n")
    try:
        return parse_json(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def answer_json(output: Output) -> Json:
    """The answer as a JSON value: an object or list as it is, text read as JSON, fenced or not.

    Text that is not JSON stays text.
    """
    value = output.value
    if not isinstance(value, str):
        return value
    if value.lstrip()[:1] not in {"{", "[", "`"}:
        return value
    try:
        return read_json(value, fenced=True)
    except ValueError:
        return value


def field_at(value: Json, path: Sequence[str]) -> Json:
    """The value under a path of keys, such as `("result", "label")`; None where there is none."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def is_list(value: Json) -> bool:
    """Whether a JSON value is a list."""
    return isinstance(value, Sequence) and not isinstance(value, str)
