"""Marks around data that the data cannot hold, and a code that only the judge was told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The marks of one question to a judge."""

    boundary: str
    """Part of every mark: 16 hexadecimal digits that no text between the marks holds."""
    code: str
    """What the verdict must repeat; no text between the marks holds it."""

    def around(self, name: str, text: str) -> str:
        """The text between its marks."""
        return f"[[BEGIN {name} {self.boundary}]]\n{text}\n[[END {name} {self.boundary}]]"


TEMPLATE_FENCE = Fence(boundary="{boundary}", code="{code}")
"""Stands in prompts that are hashed rather than sent."""


def make_fence(seed: str, texts: Iterable[str]) -> Fence:
    """Marks for these texts: the same for the same seed, so that a stored verdict can be asked again.

    Whoever writes a text that holds the first choice gets another one: the marks cannot be foreseen by
    what stands between them.
    """
    searched = "\n".join(texts).upper()
    counter = 0
    while True:
        digest = hashlib.sha256(f"{seed}:{counter}".encode()).digest()
        boundary = digest[:8].hex().upper()
        number = int.from_bytes(digest[8:20], "big")
        code = ""
        # Longer with every eighth try, so that a text which holds every short code does not stop us.
        for _ in range(_CODE_LENGTH + counter // 8):
            number, index = divmod(number, len(_LETTERS))
            code += _LETTERS[index]
        if boundary not in searched and code not in searched:
            return Fence(boundary=boundary, code=code)
        counter += 1
