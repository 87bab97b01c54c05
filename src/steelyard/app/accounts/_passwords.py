"""Passwords: Argon2id, with the parameters of RFC 9106's second recommendation (64 MiB, 3 passes)."""

from __future__ import annotations

import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from steelyard.core import UsageError

SHORTEST = 12
"""Characters. Length is what counts, and no character has to be of some kind (NIST SP 800-63B, 3.1.1.2)."""

LONGEST = 1024
"""Characters: hashing more is work that a stranger could ask for."""

_AT_ONCE = 2


class Passwords:
    """Makes and checks hashes; at most two at once, so that many logins cannot take the memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str, *, user: str) -> str:
        """The encoded hash; raises UsageError for a password that is too short, too long or the user's name.

        No message holds the password.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise UsageError(
                f"a password has {SHORTEST} to {LONGEST} characters", hint="Four random words do well"
            )
        if user.casefold() in password.casefold() and len(password) < len(user) + SHORTEST:
            raise UsageError("the password is little more than the user's name", hint="Choose another")
        if len(set(password)) < 4:
            raise UsageError("the password repeats a few characters", hint="Four random words do well")
        with self._free:
            return self._hasher.hash(_bytes(password))

    def rehash(self, password: str) -> str:
        """The hash of a password that was accepted before, with today's parameters."""
        with self._free:
            return self._hasher.hash(_bytes(password))

    def check(self, password: str, encoded: str | None) -> bool:
        """Whether the password fits; without a hash it never does, and takes as long to find out."""
        if len(password) > LONGEST:
            return False
        with self._free:
            try:
                self._hasher.verify(encoded or self._nobody, _bytes(password))
            except (VerifyMismatchError, VerificationError, InvalidHashError):
                return False
        return encoded is not None

    def is_dated(self, encoded: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(b"nobody has this password")


def _bytes(password: str) -> bytes:
    """One form of every text, however a keyboard composes it (NIST SP 800-63B asks for NFC or NFKC)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
