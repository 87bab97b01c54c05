"""An output: what a target answered to one case, with what it took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from steelyard.core._json import Json, canonical_json, content_hash
from steelyard.core._span import Span, span_from_json

FaultOwner = Literal["target", "infrastructure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them; None where it said nothing."""

    input_tokens: int | None = None
    """Tokens read, cached ones included."""
    output_tokens: int | None = None
    """Tokens written, reasoning included."""
    cached_tokens: int | None = None
    """The part of `input_tokens` that came from the provider's prompt cache."""
    reasoning_tokens: int | None = None
    """The part of `output_tokens` spent on hidden reasoning."""

    def as_json(self) -> dict[str, Json]:
        """The counts that are known."""
        counts: dict[str, Json] = {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "reasoning_tokens": self.reasoning_tokens,
        }
        return {key: value for key, value in counts.items() if value is not None}


_NO_USAGE = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no usable answer, and whose doing it is.

    A fault of the *target* (timeout, overflow, invalid answer, its own exception) is an outcome and
    scores as a failure. A fault of the *infrastructure* (connection, rate limit, server error after
    all retries) leaves the sample missing: bounds are shown and gates use the worst.
    """

    owner: FaultOwner
    """Who caused it."""
    kind: str
    """`timeout`, `overflow`, `exception`, `invalid`, `connection`, `rate-limit`, `server`, `recorded`, …"""
    message: str
    """One line for people, free of secrets."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form that is stored."""
        return {"owner": self.owner, "kind": self.kind, "message": self.message}


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a target answered to one case in one epoch."""

    value: Json = None
    """The answer: text, or an object for targets that answer with one; None when there is none."""
    fault: Fault | None = None
    """Set when the answer is missing or unusable."""
    latency_s: float | None = None
    """Seconds from sending the request to the whole answer, without waiting or retries."""
    first_token_s: float | None = None
    """Seconds to the first token of a streamed answer."""
    cost_usd: float | None = None
    """Price of the calls made for this output, in US dollars."""
    usage: Usage = _NO_USAGE
    """Token counts."""
    trace: tuple[Span, ...] = ()
    """The steps taken, oldest first."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Scores that came recorded with the output; read by `recorded:NAME`."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """Model, finish reason, tool calls, log-probabilities, conversation: what metrics may want."""
    attempts: int = 1
    """Calls made, retries included."""
    cached: bool = False
    """Whether the answer came from the answer cache."""

    @property
    def text(self) -> str:
        """The answer as text: itself, or the canonical JSON of an object; empty when there is none."""
        if self.value is None:
            return ""
        return self.value if isinstance(self.value, str) else canonical_json(self.value)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the answer and the fault kind: equal hashes mean byte-identical answers."""
        return content_hash([self.value, self.fault.kind if self.fault else None])

    def as_json(self) -> dict[str, Json]:
        """The recorded-output line of the contract, without `id` and `epoch`."""
        row: dict[str, Json] = {"output": self.value}
        if self.fault is not None:
            row["error"] = self.fault.as_json()
        if self.latency_s is not None:
            row["latency_s"] = self.latency_s
        if self.first_token_s is not None:
            row["first_token_s"] = self.first_token_s
        if self.cost_usd is not None:
            row["cost_usd"] = self.cost_usd
        if usage := self.usage.as_json():
            row["usage"] = usage
        if self.trace:
            row["trace"] = [span.as_json() for span in self.trace]
        if self.scores:
            row["scores"] = dict(self.scores)
        if self.detail:
            row["detail"] = dict(self.detail)
        if self.attempts != 1:
            row["attempts"] = self.attempts
        if self.cached:
            row["cached"] = True
        return row


def output_from_json(row: Mapping[str, Json]) -> Output:
    """An output from a recorded line; `error` may be text or a fault object.

    Raises TypeError when a field has the wrong shape.
    """
    if row.keys() <= _BARE:
        return Output(value=row.get("output"))
    return Output(
        value=row.get("output"),
        fault=_fault(row.get("error")),
        latency_s=_real(row, "latency_s"),
        first_token_s=_real(row, "first_token_s"),
        cost_usd=_real(row, "cost_usd"),
        usage=_usage(row.get("usage")),
        trace=tuple(span_from_json(_object(span, "trace")) for span in _list(row.get("trace"), "trace")),
        scores=_scores(row.get("scores")),
        detail=_object(row.get("detail"), "detail"),
        attempts=int(_real(row, "attempts") or 1),
        cached=row.get("cached") is True,
    )


_BARE = frozenset({"id", "epoch", "output"})
"""What most recorded lines hold, and no more."""
_TARGET_WORDS = (
    "timeout", "timed out", "context length", "context_length", "too long", "overflow", "invalid",
)  # fmt: skip
_ACCESS_WORDS = (
    "api key",
    "api_key",
    "apikey",
    "authenticat",
    "authoriz",
    "permission",
    "quota",
    "rate limit",
)


def _fault(value: Json) -> Fault | None:
    """Text is read for its owner: a timeout or an overflow is the target's doing; the rest may not be.

    A refused key or a spent quota is the infrastructure's, also where its text says `invalid`.
    """
    if value is None or value == "" or value is False:
        return None
    if isinstance(value, Mapping):
        owner: FaultOwner = "target" if value.get("owner") == "target" else "infrastructure"
        message = str(value.get("message") or "error without a message")
        if "owner" in value:
            return Fault(owner=owner, kind=str(value.get("kind") or "recorded"), message=message)
    else:
        message = str(value)
    lowered = message.lower()
    by_target = any(word in lowered for word in _TARGET_WORDS) and not any(
        word in lowered for word in _ACCESS_WORDS
    )
    return Fault(owner="target" if by_target else "infrastructure", kind="recorded", message=message)


def _usage(value: Json) -> Usage:
    if value is None:
        return _NO_USAGE
    row = _object(value, "usage")
    return Usage(
        input_tokens=_count(row, "input_tokens"),
        output_tokens=_count(row, "output_tokens"),
        cached_tokens=_count(row, "cached_tokens"),
        reasoning_tokens=_count(row, "reasoning_tokens"),
    )


def _scores(value: Json) -> dict[str, float]:
    scores: dict[str, float] = {}
    for name, number in _object(value, "scores").items():
        if not isinstance(number, int | float):
            raise TypeError(f"scores.{name} must be a number, not {type(number).__name__}")
        scores[name] = _float(number, f"scores.{name}")
    return scores


def _count(row: Mapping[str, Json], key: str) -> int | None:
    number = _real(row, key)
    return None if number is None else int(number)


def _real(row: Mapping[str, Json], key: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{key} must be a number, not {type(value).__name__}")
    return _float(value, key)


def _float(value: float, key: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise TypeError(f"{key} must be a finite number")
    return number


def _object(value: Json, key: str) -> Mapping[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{key} must be an object, not {type(value).__name__}")
    return value


def _list(value: Json, key: str) -> Sequence[Json]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{key} must be a list, not {type(value).__name__}")
    return value
