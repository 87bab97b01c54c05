"""Identifiers that sort by time and can be read aloud."""

from __future__ import annotations

import random
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u


def new_id(prefix: str, *, at: datetime, rng: random.Random) -> str:
    """A new identifier such as `run-1k8f3q2z-7xq4m`: prefix, seconds since 1970, 25 random bits.

    Identifiers of one prefix sort by the second they were made in; the random part separates those
    made in the same second.
    """
    return f"{prefix}-{_base32(int(at.timestamp()), 7)}-{_base32(rng.getrandbits(25), 5)}"


def _base32(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, rest = divmod(number, 32)
        text = _ALPHABET[rest] + text
    return text
