"""Names of tools by pattern."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def names_match(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of the patterns; `*` stands for any characters, `?` for one, case counts."""
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
