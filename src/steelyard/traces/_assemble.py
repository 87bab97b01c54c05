"""A trace as a tree: late, out of order, parentless, skewed and cyclic ones included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from steelyard.traces._record import SpanRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a trace took; nothing is counted twice."""

    spans: int
    """Spans."""
    errors: int
    """Failed ones."""
    input_tokens: int | None
    """Tokens read; None when no span says."""
    output_tokens: int | None
    """Tokens written; None when no span says."""
    cost_usd: float | None
    """US dollars; None when nothing has a price."""
    start_us: int | None
    """The earliest start, microseconds since 1970."""
    duration_us: int | None
    """From the earliest start to the latest end."""


class Node(NamedTuple):
    """One line of a waterfall; a tuple, because a trace may have fifty thousand."""

    place: int
    """Where the span is in the sequence that was given."""
    depth: int
    """0 at a root."""
    children: int
    """How many spans it encloses directly."""
    offset_us: int
    """From the start of the trace, with the producer's clock set right as far as can be told."""
    duration_us: int | None
    """How long it took."""
    skew_us: int
    """What was added to the span's own clock so that it does not begin before its parent."""
    note: str = ""
    """`orphan` when the parent never came, `cycle` when the parents run in a circle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceTree:
    """A trace in the order in which a waterfall shows it."""

    nodes: tuple[Node, ...]
    """Parents before their children, siblings by start; every span once."""
    root: int | None
    """The place of the span that the trace is named after; None without spans."""
    totals: Totals
    """What it took."""


def assemble(spans: Sequence[SpanRow]) -> TraceTree:
    """The tree of a trace's spans, in O(n log n).

    A span whose parent is missing is a root of its own, noted `orphan`; a circle of parents is cut at its
    earliest span, noted `cycle`. Of two spans with one id the first counts as the parent. A child that
    starts before its parent is moved, with all below it, to the parent's start: clocks of two machines
    differ, causes do not come after effects.
    """
    parents, notes = _parents(spans)
    children: list[list[int]] = [[] for _ in spans]
    roots: list[int] = []
    for place, parent in enumerate(parents):
        if parent is None:
            roots.append(place)
        else:
            children[parent].append(place)

    def by_start(place: int) -> tuple[bool, int, int]:
        start = spans[place].start_us
        return start is None, start or 0, place

    for siblings in children:
        if len(siblings) > 1:
            siblings.sort(key=by_start)
    roots.sort(key=by_start)
    total = totals(spans, parents=parents)
    first = total.start_us or 0
    nodes: list[Node] = []
    stack = [(place, 0, 0, first) for place in reversed(roots)]
    while stack:
        place, depth, skew, floor = stack.pop()
        span = spans[place]
        start = floor if span.start_us is None else span.start_us + skew
        if start < floor:
            skew += floor - start
            start = floor
        nodes.append(
            Node(
                place=place,
                depth=depth,
                children=len(children[place]),
                offset_us=start - first,
                duration_us=span.duration_us,
                skew_us=skew,
                note=notes.get(place, ""),
            )
        )
        stack.extend((child, depth + 1, skew, start) for child in reversed(children[place]))
    true_roots = [place for place in roots if not notes.get(place)]
    return TraceTree(nodes=tuple(nodes), root=next(iter(true_roots or roots), None), totals=total)


def totals(spans: Sequence[SpanRow], *, parents: Sequence[int | None] | None = None) -> Totals:
    """What a trace took.

    A span's tokens and cost count where nothing below it says any: an agent that repeats the sum of its
    calls, or a call that was instrumented twice, adds nothing.
    """
    own_tokens, own_cost = told(spans, parents=parents)
    own = [row for row, counts in zip(spans, own_tokens, strict=True) if counts]
    costs = [
        row.cost_usd
        for row, counts in zip(spans, own_cost, strict=True)
        if counts and row.cost_usd is not None
    ]
    starts = [row.start_us for row in spans if row.start_us is not None]
    ends = [row.start_us + (row.duration_us or 0) for row in spans if row.start_us is not None]
    read = [row.input_tokens for row in own if row.input_tokens is not None]
    written = [row.output_tokens for row in own if row.output_tokens is not None]
    return Totals(
        spans=len(spans),
        errors=sum(row.failed for row in spans),
        input_tokens=sum(read) if read else None,
        output_tokens=sum(written) if written else None,
        cost_usd=sum(costs) if costs else None,
        start_us=min(starts, default=None),
        duration_us=max(ends) - min(starts) if starts else None,
    )


def told(
    spans: Sequence[SpanRow], *, parents: Sequence[int | None] | None = None
) -> tuple[list[bool], list[bool]]:
    """Whose tokens, and whose cost, count in the sum of a trace: for each span, in order."""
    tokens = [row.input_tokens is not None or row.output_tokens is not None for row in spans]
    costs = [row.cost_usd is not None for row in spans]
    if not any(tokens) and not any(costs):
        return tokens, costs
    above = parents if parents is not None else _parents(spans)[0]
    own_tokens = _told(above, tokens)
    return own_tokens, own_tokens if costs == tokens else _told(above, costs)


def _told(parents: Sequence[int | None], says: Sequence[bool]) -> list[bool]:
    """Which spans say something that no span below them says."""
    below = [False] * len(says)
    for place, speaks in enumerate(says):
        above = parents[place] if speaks else None
        while above is not None and not below[above]:
            below[above] = True
            above = parents[above]
    return [speaks and not under for speaks, under in zip(says, below, strict=True)]


def _parents(spans: Sequence[SpanRow]) -> tuple[list[int | None], dict[int, str]]:
    """The place of each span's parent, and what is odd about it; free of circles."""
    places: dict[bytes, int] = {}
    for place, row in enumerate(spans):
        places.setdefault(row.span_id, place)
    parents: list[int | None] = []
    notes: dict[int, str] = {}
    for place, row in enumerate(spans):
        parent = places.get(row.parent_id) if row.parent_id else None
        if row.parent_id and parent is None:
            notes[place] = "orphan"
        parents.append(parent)
    if any(parent is not None and parents[parent] is not None for parent in parents):
        _cut_circles(spans, parents, notes)
    return parents, notes


def _cut_circles(spans: Sequence[SpanRow], parents: list[int | None], notes: dict[int, str]) -> None:
    state = bytearray(len(parents))
    for start in range(len(parents)):
        path: list[int] = []
        place: int | None = start
        while place is not None and not state[place]:
            state[place] = 1
            path.append(place)
            place = parents[place]
        if place is not None and state[place] == 1:
            circle = path[path.index(place) :]
            cut = min(
                circle, key=lambda item: (spans[item].start_us is None, spans[item].start_us or 0, item)
            )
            parents[cut] = None
            notes[cut] = "cycle"
        for item in path:
            state[item] = 2
