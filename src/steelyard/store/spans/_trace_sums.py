"""What a trace has taken so far, kept up span by span in whatever order they come; nothing counts twice.

A span's tokens and cost count where no span below it says any (`steelyard.traces.totals` says why). Here that
is kept up as spans come: one that says something marks all above it, also those that have not come yet, and
what was counted for them is taken back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import spans

Fact = tuple[Any, ...]
"""Number, id, parent's id, kind, failed, model, slice, start, duration, tokens in, tokens out, cost."""
FACTS = itemgetter(0, 2, 3, 5, 6, 11, 17, 19, 20, 22, 23, 26)
"""Those out of a span as it is stored."""

MOST = 60_000
"""Spans of a trace up to which it is counted exactly; to a longer one a batch is added by itself."""
_KEPT = 120_000
_CIRCLE = 1_000
_TOGETHER = 400


class TraceSums:
    """The sums of one trace."""

    __slots__ = (
        "_awaited", "_costs_below", "_first", "_tokens_below", "cost", "costs", "end", "errors", "parents",
        "priced", "read", "readers", "start", "taken_back", "tokens", "writers", "written",
    )  # fmt: skip

    def __init__(self) -> None:
        self.parents: dict[int, int | None] = {}
        """Every span's parent."""
        self.tokens: dict[int, Fact] = {}
        """Spans whose tokens count."""
        self.costs: dict[int, Fact] = {}
        """Spans whose cost counts."""
        self.taken_back: list[tuple[Fact, bool]] = []
        """What was counted in an earlier transaction and no longer is: tokens (True) or cost."""
        self.errors = self.read = self.readers = self.written = self.writers = self.priced = 0
        self.cost = 0.0
        self.start: int | None = None
        self.end: int | None = None
        self._first = 0
        self._awaited: set[int] = set()
        self._tokens_below: set[int] = set()
        self._costs_below: set[int] = set()

    def add(self, facts: Iterable[Fact], *, first: int) -> None:
        """Count spans that came; those before the number `first` belong to earlier transactions."""
        self._first = first
        parents = self.parents
        for fact in facts:
            _, span, parent, _, failed, _, _, start, duration, read, written, cost = fact
            if parent is not None:
                if span in self._awaited and self._is_below(span, parent):
                    parent = None
                elif parent not in parents:
                    self._awaited.add(parent)
            parents[span] = parent
            self.errors += failed
            if start is not None:
                end = start + (duration or 0)
                self.start = start if self.start is None else min(start, self.start)
                self.end = end if self.end is None else max(end, self.end)
            if read is not None or written is not None or span in self._tokens_below:
                self._add_tokens(fact, parent)
            if cost is not None or span in self._costs_below:
                self._add_cost(fact, parent)

    def _is_below(self, span: int, place: int | None) -> bool:
        """Whether a parent is below its own child: such a circle is cut where it closes."""
        for _ in range(_CIRCLE):
            if place is None or place == span:
                return place == span
            place = self.parents.get(place)
        return False

    def _add_tokens(self, fact: Fact, above: int | None) -> None:
        span, read, written = fact[1], fact[9], fact[10]
        if span not in self._tokens_below:
            self.tokens[span] = fact
            self._count(read, written, 1)
        while above is not None and above not in self._tokens_below:
            self._tokens_below.add(above)
            back = self.tokens.pop(above, None)
            if back is not None:
                self._count(back[9], back[10], -1)
                if back[0] < self._first:
                    self.taken_back.append((back, True))
            above = self.parents.get(above)

    def _add_cost(self, fact: Fact, above: int | None) -> None:
        span, cost = fact[1], fact[11]
        if span not in self._costs_below:
            self.costs[span] = fact
            self.priced += 1
            self.cost += cost
        while above is not None and above not in self._costs_below:
            self._costs_below.add(above)
            back = self.costs.pop(above, None)
            if back is not None:
                self.priced -= 1
                self.cost -= back[11]
                if back[0] < self._first:
                    self.taken_back.append((back, False))
            above = self.parents.get(above)

    def _count(self, read: int | None, written: int | None, sign: int) -> None:
        if read is not None:
            self.read += sign * read
            self.readers += sign
        if written is not None:
            self.written += sign * written
            self.writers += sign

    def totals(self) -> dict[str, Any]:
        """The columns of the trace's row that are counted."""
        start, end = self.start, self.end
        return {
            "spans": len(self.parents),
            "errors": self.errors,
            "input_tokens": self.read if self.readers else None,
            "output_tokens": self.written if self.writers else None,
            "cost_usd": self.cost if self.priced else None,
            "start_us": start,
            "duration_us": None if start is None or end is None else end - start,
        }


class SumsKept:
    """Sums of traces that came in several batches, at hand for the next one; it is for one writer."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, TraceSums] = OrderedDict()
        self._spans = 0

    def take(self, connection: Connection, known: Mapping[int, int]) -> dict[int, TraceSums]:
        """The sums of these traces, given with their numbers of spans; to `keep` once committed."""
        found: dict[int, TraceSums] = {}
        for trace_no, count in known.items():
            sums = self._held.pop(trace_no, None)
            if sums is not None:
                self._spans -= len(sums.parents)
                if len(sums.parents) == count:
                    found[trace_no] = sums
        missing = [trace_no for trace_no in known if trace_no not in found]
        for trace_no in missing:
            found[trace_no] = TraceSums()
        for first in range(0, len(missing), _TOGETHER):
            _load(connection, missing[first : first + _TOGETHER], found)
        return found

    def keep(self, sums: Mapping[int, TraceSums]) -> None:
        """Keep sums that are committed, and let the oldest go where there are too many."""
        for trace_no, held in sums.items():
            self._held[trace_no] = held
            self._spans += len(held.parents)
        while self._spans > _KEPT:
            _, gone = self._held.popitem(last=False)
            self._spans -= len(gone.parents)


def _load(connection: Connection, trace_nos: list[int], found: Mapping[int, TraceSums]) -> None:
    c = spans.c
    query = select(
        c.trace_no, c.no, c.span_id, c.parent_id, c.kind, c.failed, c.model_no, c.slice_no, c.start_us,
        c.duration_us, c.input_tokens, c.output_tokens, c.cost_usd,
    ).where(c.trace_no.in_(trace_nos), c.no >= min(trace_nos)).order_by(c.no)  # fmt: skip
    facts: dict[int, list[Fact]] = {}
    for trace_no, *fact in zip(*fetch_columns(connection, query), strict=True):
        facts.setdefault(trace_no, []).append(tuple(fact))
    for trace_no, stored in facts.items():
        found[trace_no].add(stored, first=0)
