"""A version as people look at it: what it holds, and where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from steelyard.bench._version import BenchmarkVersion
from steelyard.core import Case, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDescription:
    """Counts of everything a version holds, and its line of descent."""

    version: BenchmarkVersion
    """The version."""
    splits: Mapping[str, int]
    """Split to cases."""
    slices: Mapping[str, Mapping[str, int]]
    """Dimension to value to cases, the largest value first."""
    kinds: Mapping[str, int]
    """`text`, `messages`, `object`, `turns`, `scenario`: how cases ask, to cases."""
    with_expected: int
    """Cases that say something about a right answer."""
    groups: int
    """Clusters that hold cases with a `group`."""
    grouped: int
    """Cases that belong to a group."""
    largest_group: int
    """Cases in the largest group; 0 without groups."""
    units: int
    """Independent units: groups, and cases that stand alone. What intervals count by."""
    weights: tuple[float, float]
    """Smallest and largest case weight."""
    attachments: Mapping[str, int]
    """Media type to different files."""
    lineage: tuple[BenchmarkVersion, ...]
    """Parents, the nearest first."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench show`."""
        version = self.version
        return {
            **version.ref.as_json(),
            "created": version.created.isoformat(),
            "tags": list(version.tags),
            "message": version.message,
            "parent": version.parent,
            "lineage": [{"version": item.version, "hash": item.hash} for item in self.lineage],
            "provenance": version.provenance.as_json(),
            "splits": dict(self.splits),
            "slices": {dimension: dict(sizes) for dimension, sizes in self.slices.items()},
            "kinds": dict(self.kinds),
            "with_expected": self.with_expected,
            "groups": {
                "groups": self.groups,
                "cases": self.grouped,
                "largest": self.largest_group,
                "units": self.units,
            },
            "weights": list(self.weights),
            "attachments": dict(self.attachments),
        }


def describe_version(
    version: BenchmarkVersion, cases: Iterable[Case], *, history: Sequence[BenchmarkVersion] = ()
) -> VersionDescription:
    """Count what a version's cases hold, in one pass; `history` is where its parents are looked up."""
    splits: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    slices: dict[str, Counter[str]] = {}
    media: dict[str, str] = {}
    with_expected = alone = 0
    low, high = float("inf"), 0.0
    for case in cases:
        splits[case.split] += 1
        kinds[case_kind(case)] += 1
        with_expected += case.expected is not None
        low, high = min(low, case.weight), max(high, case.weight)
        if case.group is None:
            alone += 1
        else:
            groups[case.group] += 1
        for dimension, value in case.slices.items():
            slices.setdefault(dimension, Counter())[value] += 1
        for item in case.attachments:
            media[item.sha256] = item.media_type
    return VersionDescription(
        version=version,
        splits=dict(splits.most_common()),
        slices={dimension: dict(sizes.most_common()) for dimension, sizes in sorted(slices.items())},
        kinds=dict(kinds.most_common()),
        with_expected=with_expected,
        groups=len(groups),
        grouped=groups.total(),
        largest_group=max(groups.values(), default=0),
        units=alone + len(groups),
        weights=(low, high) if high else (1.0, 1.0),
        attachments=dict(Counter(media.values()).most_common()),
        lineage=_lineage(version, history),
    )


def case_kind(case: Case) -> str:
    """How a case asks: `scenario`, `turns`, `messages`, `object` or `text`."""
    if case.scenario is not None:
        return "scenario"
    if case.turns:
        return "turns"
    if isinstance(case.input, str):
        return "text"
    return "object" if isinstance(case.input, Mapping) else "messages"


def _lineage(version: BenchmarkVersion, history: Sequence[BenchmarkVersion]) -> tuple[BenchmarkVersion, ...]:
    """Parents by hash; of several versions with one hash (a return to old content), the latest before."""
    found: list[BenchmarkVersion] = []
    current = version
    while current.parent is not None:
        parents = [
            item
            for item in history
            if item.name == version.name and item.hash == current.parent and item.number < current.number
        ]
        if not parents:
            break
        current = parents[-1]
        found.append(current)
    return tuple(found)
