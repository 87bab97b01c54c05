"""Tokens: random, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets

KEY_START = "sy"
_PREFIX_BYTES = 5
_SECRET_BYTES = 32


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_key() -> tuple[str, str]:
    """A key's prefix and the key: `sy_PREFIX_SECRET`, which secret scanners can know by its start."""
    prefix = secrets.token_hex(_PREFIX_BYTES)
    return prefix, f"{KEY_START}_{prefix}_{new_token()}"


def key_prefix(token: str) -> str | None:
    """The prefix of what has the form of a key."""
    parts = token.split("_", 2)
    right = len(parts) == 3 and parts[0] == KEY_START and len(parts[1]) == 2 * _PREFIX_BYTES
    return parts[1] if right and parts[1].isascii() and parts[1].isalnum() else None


def token_hash(token: str) -> str:
    """SHA-256: of 256 random bits nobody finds the original, and every request checks one."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Equality that takes as long whatever differs."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def form_token(cookie: str) -> str:
    """What a form must send beside a cookie: known to who can read our pages, and to nobody else's page.

    HMAC-SHA256 of a fixed text under the cookie: bound to it, gone with it, and it tells nothing about it
    (the signed double-submit pattern of OWASP's CSRF cheat sheet).
    """
    return hmac.new(cookie.encode("utf-8", "surrogatepass"), b"steelyard form", hashlib.sha256).hexdigest()
