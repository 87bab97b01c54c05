"""Answers of live programs that come in the recorded form, `{"output": …, "cost_usd": …}`."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.core import Json, Output, output_from_json
from steelyard.targets._json_body import invalid_output
from steelyard.targets._secrets import Redactor

_KEYS = frozenset(
    {
        "id",
        "epoch",
        "output",
        "error",
        "latency_s",
        "first_token_s",
        "cost_usd",
        "usage",
        "trace",
        "scores",
        "detail",
    }
)


def is_recorded_form(value: Json) -> bool:
    """Whether an object is an answer in the recorded form, and not an answer that is an object."""
    return (
        isinstance(value, Mapping) and bool({"output", "error"} & value.keys()) and not (value.keys() - _KEYS)
    )


def live_output(row: Mapping[str, Json], *, seconds: float, redact: Redactor) -> Output:
    """The output of an answer in the recorded form.

    The measured time stands where the program states none. An error that the program reports is its
    own, so the target's fault, unless it says whose it is. A malformed field is a fault `invalid`.
    """
    own = {key: value for key, value in row.items() if value is not None}
    own.setdefault("latency_s", seconds)
    error = own.get("error")
    if error:
        stated = error if isinstance(error, Mapping) else {"message": str(error)}
        own["error"] = {
            "owner": stated.get("owner") or "target",
            "kind": stated.get("kind") or "exception",
            "message": redact(str(stated.get("message") or "error without a message")),
        }
    try:
        return output_from_json(own)
    except (TypeError, ValueError, OverflowError) as problem:
        return invalid_output(f"answer in the recorded form: {problem}", seconds=seconds)
