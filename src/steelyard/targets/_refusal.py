"""What an error status means: the end of the run, another try, or an outcome of the case."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.core import Fault, Output, TargetError
from steelyard.targets._json_body import decode_body
from steelyard.targets._protocol import RetryableFault
from steelyard.targets._rates import retry_after
from steelyard.targets._web import Reply, WebClient

_OVERFLOW = (
    "context_length_exceeded",
    "context length",
    "context window",
    "maximum context",
    "prompt is too long",
    "too many tokens",
    "exceeds the available context",
    "exceed context limit",
    "request_too_large",
)
_SETTING_ERRORS = ("unsupported_parameter", "unsupported_value", "unknown_parameter", "model_not_found")
_THROTTLED = frozenset({429, 503, 529})
_PASSING = frozenset({408, 409, 425, 429})


def refused_output(reply: Reply, client: WebClient, *, where: str, seconds: float) -> Output:
    """The outcome of a case that the server refused with an error status.

    Too long a request is the fault `overflow`; one stopped by a content filter an empty answer, noted
    in `detail`; any other refusal of this request the fault `rejected`. Raises TargetError for what no
    request can mend (401, 403, 404, 405, redirects, refused settings) and RetryableFault for what may
    pass (408, 409, 425, 429, 5xx).
    """
    message, code = error_parts(reply.body)
    coded = f"{message} ({code})" if code else message
    refuse_status(reply, coded, client, where=where)
    said = client.redact(message)
    if reply.status == 413 or is_overflow(message, code):
        fault = Fault(owner="target", kind="overflow", message=said)
    elif is_filtered(message, code):
        detail = {"finish_reason": "content_filter", "content_filter": said}
        return Output(value="", latency_s=seconds, detail=detail)
    elif code in _SETTING_ERRORS:
        raise TargetError(
            f"{client.place} does not take these settings: {said}",
            where=where,
            hint="Change or remove the setting",
        )
    else:
        fault = Fault(owner="target", kind="rejected", message=f"HTTP {reply.status}: {said}")
    return Output(fault=fault, latency_s=seconds)


def refuse_status(reply: Reply, message: str, client: WebClient, *, where: str) -> None:
    """Raise what an error status means for the run; returns for statuses that concern one case."""
    status = reply.status
    said = client.redact(message) or "no reason given"
    if status in {401, 403}:
        raise TargetError(
            f"{client.place} refuses the key (HTTP {status}): {said}",
            where=where,
            hint="Check the key and what it may use",
        )
    if status in {404, 405} or 300 <= status < 400:
        raise TargetError(
            f"{client.shown} answers HTTP {status}: {said}",
            where=where,
            hint="Check the address and the model's name",
        )
    if status == 429 and "insufficient_quota" in message:
        raise TargetError(f"the quota is used up: {said}", where=where, hint="Check plan and billing")
    if status in _PASSING or status >= 500:
        raise RetryableFault(
            "rate-limit" if status == 429 else "server",
            f"{client.place} answers HTTP {status}: {said}",
            retry_after_s=retry_after(reply.headers),
            throttled=status in _THROTTLED,
        )


def error_parts(raw: bytes) -> tuple[str, str]:
    """Message and code of an error body, whatever its shape."""
    text = raw[:4096].decode("utf-8", "replace")
    try:
        payload = decode_body(raw)
    except ValueError:
        return text, ""
    error = payload.get("error", payload) if isinstance(payload, Mapping) else payload
    if isinstance(error, Mapping):
        code = error.get("code") or error.get("type") or ""
        return str(error.get("message") or error.get("detail") or text), str(code)
    return str(error), ""


def is_overflow(message: str, code: str) -> bool:
    """Whether an error says that the request does not fit the model's context."""
    lowered = f"{code} {message}".lower()
    return any(words in lowered for words in _OVERFLOW)


def is_filtered(message: str, code: str) -> bool:
    """Whether a content filter stopped the request."""
    lowered = f"{code} {message}".lower()
    return "content_filter" in lowered or "content_policy" in lowered or "responsibleai" in lowered
