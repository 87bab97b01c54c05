"""What changed between two versions of a benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from steelyard.core import Case, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """One case that is in both versions, and differs."""

    id: str
    """The case."""
    fields: tuple[str, ...]
    """The fields that differ, in the contract's order."""
    comparable: bool
    """Whether question and expectation are unchanged, so that scores can still be paired."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench diff`."""
        return {"id": self.id, "fields": list(self.fields), "comparable": self.comparable}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """Ids of cases added and removed, and the changed ones with their fields."""

    added: tuple[str, ...] = ()
    """In the second version only, in its order."""
    removed: tuple[str, ...] = ()
    """In the first version only, in its order."""
    changed: tuple[CaseChange, ...] = ()
    """In both, with other content, in the second version's order."""
    unchanged: int = 0
    """How many cases are in both with the same content."""

    @property
    def comparable(self) -> int:
        """How many cases can be paired across the two versions."""
        return self.unchanged + sum(change.comparable for change in self.changed)

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench diff`."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [change.as_json() for change in self.changed],
            "unchanged": self.unchanged,
            "comparable": self.comparable,
        }


def diff_versions(a_cases: Iterable[Case], b_cases: Iterable[Case]) -> VersionDiff:
    """What was added, removed and changed from version a to version b; ids decide which is which."""
    before = {case.id: case for case in a_cases}
    added: list[str] = []
    changed: list[CaseChange] = []
    unchanged = 0
    for case in b_cases:
        old = before.pop(case.id, None)
        if old is None:
            added.append(case.id)
        elif old.content_hash == case.content_hash:
            unchanged += 1
        else:
            changed.append(
                CaseChange(id=case.id, fields=changed_fields(old, case), comparable=old.hash == case.hash)
            )
    return VersionDiff(added=tuple(added), removed=tuple(before), changed=tuple(changed), unchanged=unchanged)


def changed_fields(a: Case, b: Case) -> tuple[str, ...]:
    """The names of the fields in which two cases differ."""
    return tuple(item.name for item in fields(Case) if getattr(a, item.name) != getattr(b, item.name))
