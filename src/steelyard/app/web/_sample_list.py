"""Which samples a list shows: filtered, ordered and paged on small facts, before any text is read."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from steelyard.core import MetricSpec, UsageError
from steelyard.runs import STATE_FAILED, STATE_SCORED, STATE_SKIPPED, ScoreTable

Show = Literal["all", "failures", "missing", "skipped"]
Order = Literal["worst", "best", "case"]
SHOWS: tuple[Show, ...] = get_args(Show)
ORDERS: tuple[Order, ...] = get_args(Order)
_FEW_VALUES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFacts:
    """The samples of a run by column, in the benchmark's planned order, with one metric's scores."""

    metric: MetricSpec
    """The metric."""
    case_ids: Sequence[str]
    """Case ids."""
    epochs: NDArray[np.int64]
    """Repetitions."""
    states: NDArray[np.int8]
    """STATE_SCORED, STATE_FAILED or STATE_SKIPPED."""
    values: NDArray[np.float64]
    """Values where scored."""
    slices: tuple[Mapping[str, str], ...]
    """The different combinations of slices."""
    slice_codes: NDArray[np.int32]
    """Which combination each sample has."""
    dimensions: Mapping[str, tuple[str, ...]]
    """Slice dimension to its values, the largest first; dimensions of very many values are left out."""
    failures: int
    """Samples that are scored, and not as well as can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFilter:
    """What a reader asked for; the address of a list holds all of it."""

    show: Show = "all"
    """Which samples."""
    order: Order = "worst"
    """In which order."""
    text: str = ""
    """Part of a case id."""
    slices: Mapping[str, str] | None = None
    """Dimension to the value wanted."""
    after: str = ""
    """The cursor of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """One page of a list."""

    rows: tuple[tuple[str, int], ...]
    """Case id and repetition."""
    total: int
    """How many samples the filter lets through."""
    next: str = ""
    """Cursor of the next page; empty on the last."""


def sample_facts(table: ScoreTable) -> SampleFacts:
    """What a list needs of a score table; the rest of it can be forgotten."""
    combinations: list[Mapping[str, str]] = []
    numbers: dict[int, int] = {}
    codes = np.empty(len(table), np.int32)
    for row, slices in enumerate(table.slices):
        code = numbers.get(id(slices))
        if code is None:
            code = numbers[id(slices)] = len(combinations)
            combinations.append(slices)
        codes[row] = code
    counts: dict[str, Counter[str]] = {}
    for slices, found in zip(combinations, np.bincount(codes, minlength=len(combinations)), strict=True):
        for dimension, value in slices.items():
            counts.setdefault(dimension, Counter())[value] += int(found)
    best = table.metric.best
    scored = table.states == STATE_SCORED
    failing = scored & (table.values != best) if best is not None else np.zeros(len(table), np.bool_)
    return SampleFacts(
        metric=table.metric,
        case_ids=table.case_ids,
        epochs=table.epochs,
        states=table.states,
        values=table.values,
        slices=tuple(combinations),
        slice_codes=codes,
        dimensions={
            dimension: tuple(value for value, _ in sizes.most_common())
            for dimension, sizes in sorted(counts.items())
            if len(sizes) <= _FEW_VALUES
        },
        failures=int(failing.sum()),
    )


def sample_page(facts: SampleFacts, wanted: SampleFilter, *, limit: int) -> SamplePage:
    """The samples a filter lets through, from a cursor on; raises UsageError for a cursor of another list."""
    rows = np.flatnonzero(_kept(facts, wanted))
    ordered = rows[_order(facts, rows, wanted.order)]
    start = _after(facts, ordered, wanted.after) if wanted.after else 0
    shown = ordered[start : start + limit]
    more = start + limit < len(ordered)
    keys = tuple((facts.case_ids[row], int(facts.epochs[row])) for row in shown)
    return SamplePage(rows=keys, total=len(ordered), next=_cursor(*keys[-1]) if more else "")


def neighbours(
    facts: SampleFacts, wanted: SampleFilter, key: tuple[str, int]
) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
    """The samples before and after one in a list."""
    rows = np.flatnonzero(_kept(facts, wanted))
    ordered = rows[_order(facts, rows, wanted.order)]
    place = _place(facts, ordered, key)
    if place is None:
        return None, None
    around = [
        (facts.case_ids[ordered[at]], int(facts.epochs[ordered[at]])) if 0 <= at < len(ordered) else None
        for at in (place - 1, place + 1)
    ]
    return around[0], around[1]


def _kept(facts: SampleFacts, wanted: SampleFilter) -> NDArray[np.bool_]:
    kept = np.ones(len(facts.case_ids), np.bool_)
    if wanted.show == "failures":
        kept &= facts.states == STATE_SCORED
        if facts.metric.best is not None:
            kept &= facts.values != facts.metric.best
    elif wanted.show == "missing":
        kept &= facts.states == STATE_FAILED
    elif wanted.show == "skipped":
        kept &= facts.states == STATE_SKIPPED
    for dimension, value in (wanted.slices or {}).items():
        fitting = np.array([each.get(dimension) == value for each in facts.slices], np.bool_)
        kept &= fitting[facts.slice_codes]
    if wanted.text:
        part = wanted.text.casefold()
        for row in np.flatnonzero(kept).tolist():
            if part not in facts.case_ids[row].casefold():
                kept[row] = False
    return kept


def _order(facts: SampleFacts, rows: NDArray[np.int64], order: Order) -> NDArray[np.int64]:
    """Stable: ties stay in planned order; samples without a score come last."""
    if order == "case":
        return np.arange(len(rows))
    sign = -1.0 if (facts.metric.direction == "lower") is (order == "worst") else 1.0
    keys = np.where(facts.states[rows] == STATE_SCORED, sign * facts.values[rows], np.inf)
    return np.argsort(keys, kind="stable")


def _after(facts: SampleFacts, ordered: NDArray[np.int64], cursor: str) -> int:
    try:
        case_id, _, epoch = base64.urlsafe_b64decode(cursor).decode("utf-8", "surrogatepass").rpartition("\n")
        place = _place(facts, ordered, (case_id, int(epoch)))
    except (ValueError, binascii.Error):
        place = None
    if place is None:
        raise UsageError("the cursor belongs to another list", where="after", hint="Start without it")
    return place + 1


def _place(facts: SampleFacts, ordered: NDArray[np.int64], key: tuple[str, int]) -> int | None:
    case_id, epoch = key
    rows = [row for row, each in enumerate(facts.case_ids) if each == case_id and facts.epochs[row] == epoch]
    if not rows:
        return None
    found = np.flatnonzero(ordered == rows[0])
    return int(found[0]) if len(found) else None


def _cursor(case_id: str, epoch: int) -> str:
    return base64.urlsafe_b64encode(f"{case_id}\n{epoch}".encode("utf-8", "surrogatepass")).decode("ascii")
