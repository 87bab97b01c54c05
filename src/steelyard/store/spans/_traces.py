"""The row of each trace that a batch touches, and the words by which lists find it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection

from steelyard.store._engine import Database
from steelyard.store._span_schema import trace_terms, traces
from steelyard.store.spans._totals import add_totals
from steelyard.store.spans._trace_sums import MOST, TraceSums
from steelyard.traces import TERMS

ERROR_ROLE = len(TERMS) + 1
"""The role of traces that hold a failed span; 1 and on are those of `TERMS`."""
ROLES = {name: number for number, name in enumerate(TERMS, start=1)}
_COLUMNS = [column.name for column in traces.columns]
_UPDATE = ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("no", "project_no", "trace_id")
)
_SPAN = {
    "service": 9, "model": 11, "agent": 13, "tool": 14, "user": 15, "session": 16, "slice": 17,
}  # fmt: skip
"""Where the number of a word stands in a span as it is stored."""
_PARENT, _FAILED, _NAME, _INPUT, _OUTPUT = 3, 6, 7, 28, 29


class Known(NamedTuple):
    """The row of a trace as the store has it; its table says what the columns mean."""

    no: int
    project_no: int
    trace_id: bytes
    spans: int
    errors: int
    has_root: int
    name_no: int
    start_us: int | None
    duration_us: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    service_no: int | None
    model_no: int | None
    user_no: int | None
    session_no: int | None
    slice_no: int | None
    input_preview: str | None
    output_preview: str | None


_FIND = f"SELECT {', '.join(Known._fields)} FROM traces WHERE project_no = ? AND trace_id IN"  # noqa: S608


class Touched:
    """A trace that a transaction adds spans to."""

    __slots__ = ("ids", "known", "no", "project_no", "spans", "sums", "trace_id")

    def __init__(
        self,
        project_no: int,
        trace_id: bytes,
        *,
        no: int,
        known: Known | None = None,
        sums: TraceSums | None = None,
    ) -> None:
        self.project_no = project_no
        self.trace_id = trace_id
        self.no = no
        self.known = known
        self.sums = sums or TraceSums()
        self.ids: set[int] = set()
        self.spans: list[tuple[Any, ...]] = []


def known_traces(
    connection: Connection, database: Database, *, project_no: int, ids: Collection[bytes]
) -> dict[bytes, Known]:
    """Those of these traces that the store has."""
    rows = database.fetch_in(connection, _FIND, list(ids), values=(project_no,))
    return {bytes(row[2]): Known(*row) for row in rows}


class TraceUpdates:
    """Collects what a transaction changes about traces, and writes it."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection = connection
        self._db = database
        self._new: list[tuple[Any, ...]] = []
        self._changed: list[tuple[Any, ...]] = []
        self._terms: dict[bool, set[tuple[int, int, int]]] = {True: set(), False: set()}
        self._totals: dict[int, tuple[int, int]] = {}

    def take(self, trace: Touched) -> None:
        """Count the new spans of one trace, whose sums hold them already."""
        spans, before = trace.spans, trace.known
        total = trace.sums.totals()
        if before is not None and before.spans > MOST:
            total = _added(before, total)
        row = {
            "no": trace.no,
            "project_no": trace.project_no,
            "trace_id": trace.trace_id,
            "last_no": spans[-1][0],
            **total,
            **_named(before, spans),
        }
        (self._new if before is None else self._changed).append(tuple([row[name] for name in _COLUMNS]))
        held, count = self._totals.get(trace.project_no, (0, 0))
        self._totals[trace.project_no] = held + len(spans), count + (before is None)
        terms, no = self._terms[before is None], trace.no
        columns = list(zip(*spans, strict=True))
        for role, name in enumerate(TERMS, start=1):
            terms.update([(role, word, no) for word in set(columns[_SPAN[name]]) if word])
        if any(columns[_FAILED]):
            terms.add((ERROR_ROLE, 0, no))

    def write(self) -> None:
        """Write rows and terms."""
        self._db.insert_many(self._connection, traces, self._new)
        self._db.upsert_many(self._connection, traces, self._changed, update=_UPDATE)
        self._db.insert_many(self._connection, trace_terms, sorted(self._terms[True]))
        self._db.insert_many(self._connection, trace_terms, sorted(self._terms[False]), ignore=True)
        add_totals(self._connection, self._totals)


def _added(before: Known, new: dict[str, Any]) -> dict[str, Any]:
    """A long trace with a batch: of spans of other batches it is not known what they repeat."""
    starts = [start for start in (before.start_us, new["start_us"]) if start is not None]
    ends = [
        start + (duration or 0)
        for start, duration in (
            (before.start_us, before.duration_us),
            (new["start_us"], new["duration_us"]),
        )
        if start is not None
    ]
    added = {name: _sum(getattr(before, name), new[name]) for name in _SUMMED}
    start = min(starts, default=None)
    return {**added, "start_us": start, "duration_us": None if start is None else max(ends) - start}


_SUMMED = ("spans", "errors", "input_tokens", "output_tokens", "cost_usd")


def _sum(first: Any, second: Any) -> Any:
    return second if first is None else first if second is None else first + second


def _named(before: Known | None, spans: list[tuple[Any, ...]]) -> dict[str, Any]:
    """What a trace is called and shown by: its root's, until that comes its first span's."""
    root = next((span for span in spans if span[_PARENT] is None), None)
    shown = root or spans[0]
    if before is None or (root is not None and not before.has_root):
        named = {
            "name_no": shown[_NAME],
            "has_root": int(root is not None),
            "service_no": shown[_SPAN["service"]],
            "input_preview": shown[_INPUT],
            "output_preview": shown[_OUTPUT],
        }
    else:
        named = {name: getattr(before, name) for name in _SHOWN}
    for name in ("model", "user", "session", "slice"):
        held = getattr(before, f"{name}_no") if before is not None else None
        place = _SPAN[name]
        named[f"{name}_no"] = (
            held if held is not None else next((span[place] for span in spans if span[place]), None)
        )
    return named


_SHOWN = ("name_no", "has_root", "service_no", "input_preview", "output_preview")
