"""Names that promise a secret: what stands under them is not recorded."""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "[masked]"
"""What stands in place of a secret."""

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SECRET = frozenset(
    {
        "apikey", "authorization", "bearer", "cookie", "cookies", "credential", "credentials", "cvv", "jwt",
        "passcode", "passphrase", "passwd", "password", "passwords", "pin", "pwd", "secret", "secrets",
    }
)  # fmt: skip
_LAST = frozenset({"auth", "dsn", "otp", "token"})
_KEYS = frozenset(
    {"access", "account", "api", "auth", "encryption", "master", "private", "service", "signing"}
)


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a parameter, key or attribute of that name holds a secret.

    By its words: `api_key`, `accessToken`, `db-password`, `Authorization`; not `max_tokens` nor `sort_key`.
    """
    words = [word.lower() for word in _WORDS.findall(name[:200])]
    if not words:
        return False
    if not _SECRET.isdisjoint(words) or words[-1] in _LAST:
        return True
    return words[-1] in ("key", "keys") and not _KEYS.isdisjoint(words[:-1])
