"""Moments that producers write as text."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_ns(value: object) -> int | None:
    """Nanoseconds since 1970 of ISO 8601 text, quoted or not; None when it is no moment."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().strip('"'))
    except ValueError:
        return None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds) * 1000
