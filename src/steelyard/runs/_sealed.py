"""The sealed split: its cases count in headline numbers and verdicts, and are never listed one by one."""

from __future__ import annotations

from steelyard.core import Case

SEALED = "sealed"


def is_sealed(case: Case | str) -> bool:
    """Whether a case, or a split's name, belongs to the sealed split."""
    return (case if isinstance(case, str) else case.split) == SEALED
