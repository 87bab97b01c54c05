"""How many cases stand behind each slice, and behind each pair of slices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from steelyard.core import Json

MOST_VALUES = 30
"""A dimension with more values than this is a name rather than a slice: it is counted, and not crossed."""
MOST_DIMENSIONS = 8
"""Dimensions that are crossed with each other, the ones with the fewest values first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What stands behind one slice, or behind several together."""

    cases: int = 0
    """Cases."""
    units: int = 0
    """Independent units: groups count once."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object."""
        return {"cases": self.cases, "units": self.units}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossedDimensions:
    """Two dimensions against each other."""

    rows: str
    """One dimension."""
    columns: str
    """The other."""
    cells: Mapping[tuple[str, str], Cover]
    """A value of each to what has both; pairs that no case has are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which slices a version's cases cover, and how well."""

    total: Cover
    """All cases."""
    dimensions: Mapping[str, Mapping[str, Cover]]
    """Dimension to value to what has it, the largest value first."""
    unlabelled: Mapping[str, int]
    """Dimension to cases that have no value of it."""
    crossed: tuple[CrossedDimensions, ...]
    """Pairs of dimensions."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object."""
        return {
            **self.total.as_json(),
            "dimensions": {
                name: {value: cover.as_json() for value, cover in values.items()}
                for name, values in self.dimensions.items()
            },
            "unlabelled": dict(self.unlabelled),
            "pairs": [
                {
                    "dimensions": [pair.rows, pair.columns],
                    "cells": [
                        {"values": list(values), **cover.as_json()} for values, cover in pair.cells.items()
                    ],
                }
                for pair in self.crossed
            ],
        }


class _Count:
    """Counts cases, and units without counting one twice."""

    __slots__ = ("cases", "units")

    def __init__(self) -> None:
        self.cases = 0
        self.units: set[str] = set()

    def take(self, unit: str) -> None:
        self.cases += 1
        self.units.add(unit)

    def cover(self) -> Cover:
        return Cover(cases=self.cases, units=len(self.units))


def slice_coverage(labels: Iterable[tuple[str, Mapping[str, str]]]) -> Coverage:
    """Count the cases of each slice and of each pair; `labels` are each case's cluster and slices."""
    kept = list(labels)
    total = _Count()
    counts: dict[str, dict[str, _Count]] = {}
    for unit, slices in kept:
        total.take(unit)
        for name, value in slices.items():
            counts.setdefault(name, {}).setdefault(value, _Count()).take(unit)
    dimensions = {
        name: {
            value: count.cover()
            for value, count in sorted(counts[name].items(), key=lambda item: (-item[1].cases, item[0]))
        }
        for name in sorted(counts)
    }
    names = sorted(
        (name for name in counts if 1 < len(counts[name]) <= MOST_VALUES),
        key=lambda name: (len(counts[name]), name),
    )
    return Coverage(
        total=total.cover(),
        dimensions=dimensions,
        unlabelled={
            name: total.cases - sum(cover.cases for cover in values.values())
            for name, values in dimensions.items()
        },
        crossed=tuple(_crossed(kept, *pair) for pair in combinations(sorted(names[:MOST_DIMENSIONS]), 2)),
    )


def _crossed(labels: Iterable[tuple[str, Mapping[str, str]]], rows: str, columns: str) -> CrossedDimensions:
    cells: dict[tuple[str, str], _Count] = {}
    for unit, slices in labels:
        row, column = slices.get(rows), slices.get(columns)
        if row is not None and column is not None:
            cells.setdefault((row, column), _Count()).take(unit)
    return CrossedDimensions(
        rows=rows, columns=columns, cells={pair: cells[pair].cover() for pair in sorted(cells)}
    )
