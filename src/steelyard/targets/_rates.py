"""What servers say about pace: `Retry-After` and the rate headers of the large providers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FAMILIES = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-limit-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens", "x-ratelimit-reset-tokens"),
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-reset",
    ),
)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds to wait before the next try, or None where the server did not say.

    Reads `retry-after-ms`, `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), and otherwise the
    reset time of the first rate family that has nothing left.
    """
    precise = _number(headers.get("retry-after-ms"))
    if precise is not None:
        return precise / 1000
    stated = headers.get("Retry-After")
    if stated:
        seconds = _number(stated)
        return seconds if seconds is not None else _until_date(stated, now)
    resets = [
        _until(headers.get(reset), now)
        for remaining, _, reset in _FAMILIES
        if _number(headers.get(remaining)) == 0
    ]
    known = [seconds for seconds in resets if seconds is not None]
    return max(known) if known else None


def pause_from_headers(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds in which no further call should start, because this answer used up the allowance.

    Providers refill continuously and state when the allowance will be *full*: with a limit L the next
    call is free after reset / L seconds. Without a stated limit the whole reset time is waited for.
    """
    for remaining, limit, reset in _FAMILIES:
        if _number(headers.get(remaining)) != 0:
            continue
        seconds = _until(headers.get(reset), now)
        if seconds is None:
            continue
        full = _number(headers.get(limit)) if remaining.endswith("requests") else None
        return seconds / full if full else seconds
    return None


def _number(text: str | None) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def _until(text: str | None, now: datetime | None) -> float | None:
    """A reset time: seconds (`1.5`), a duration (`6m12s`, `20ms`), or an instant (RFC 3339)."""
    if not text:
        return None
    seconds = _number(text)
    if seconds is not None:
        return seconds
    if _DURATION.sub("", text.strip()) == "":
        return sum(float(count) * _SECONDS[unit] for count, unit in _DURATION.findall(text))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _from_now(instant, now)


def _until_date(text: str, now: datetime | None) -> float | None:
    try:
        return _from_now(parsedate_to_datetime(text), now)
    except ValueError:
        return None


def _from_now(instant: datetime, now: datetime | None) -> float:
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())
