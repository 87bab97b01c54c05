"""The row of each trace that a batch touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from steelyard.store._engine import Database
from steelyard.store._span_schema import spans, trace_terms, traces
from steelyard.store._text import encode_text
from steelyard.store.spans._rows import read_spans, select_spans
from steelyard.store.spans._totals import add_totals
from steelyard.store.spans._words import Words
from steelyard.traces import TERMS, SpanRow, Totals, totals

_RECOUNT = 2_000
"""Traces up to this many spans are counted anew with each batch; for longer ones the batch is added, so that
tokens repeated by a span of another batch count twice in the list. The trace's own page is exact always."""
_LOOKUP = 400
ERROR_ROLE = len(TERMS) + 1
"""The role of traces that hold a failed span; 1 and on are those of `TERMS`."""
ROLES = {name: number for number, name in enumerate(TERMS, start=1)}
_COLUMNS = [column.name for column in traces.columns]
_UPDATE = ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("no", "project_no", "trace_id")
)


class Known(NamedTuple):
    """A trace that has a row."""

    no: int
    """Its number."""
    row: Row[Any]
    """The row."""


def known_traces(connection: Connection, project_no: int, ids: Iterable[bytes]) -> dict[bytes, Known]:
    """Those of these traces that the store has."""
    found: dict[bytes, Known] = {}
    wanted = list(ids)
    for first in range(0, len(wanted), _LOOKUP):
        query = select(traces).where(
            traces.c.trace_id.in_(wanted[first : first + _LOOKUP]), traces.c.project_no == project_no
        )
        for row in connection.execute(query):
            found[bytes(row.trace_id)] = Known(row.no, row)
    return found


class TraceUpdates:
    """Collects what a transaction changes about traces, and writes it."""

    def __init__(self, connection: Connection, database: Database, words: Words) -> None:
        self._connection = connection
        self._db = database
        self._words = words
        self._rows: list[dict[str, Any]] = []
        self._terms: set[tuple[int, int, int]] = set()
        self._totals: dict[int, tuple[int, int]] = {}

    def take(
        self,
        project_no: int,
        trace_no: int,
        new: Sequence[tuple[int, SpanRow]],
        numbers: Mapping[str, int],
        *,
        known: Known | None,
    ) -> None:
        """Count the new spans of one trace, given with their numbers."""
        rows = [row for _, row in new]
        before = known.row if known else None
        if before is None:
            total = totals(rows)
        elif before.spans + len(rows) <= _RECOUNT:
            total = totals([*self._stored(trace_no), *rows])
        else:
            total = _added(before, totals(rows))
        held, count = self._totals.get(project_no, (0, 0))
        self._totals[project_no] = held + len(rows), count + (before is None)
        roots = [row for row in rows if not row.parent_id]
        self._rows.append(
            {
                "no": trace_no,
                "project_no": project_no,
                "trace_id": rows[0].trace_id,
                "last_no": new[-1][0],
                **_counted(total),
                **_named(before, roots[0] if roots else None, rows, numbers),
            }
        )
        self._add_terms(trace_no, rows, numbers)

    def _stored(self, trace_no: int) -> list[SpanRow]:
        query = select_spans(spans.c.trace_no == trace_no).order_by(spans.c.no)
        return [found.row for found in read_spans(self._connection, self._words, query)]

    def _add_terms(self, trace_no: int, rows: Sequence[SpanRow], numbers: Mapping[str, int]) -> None:
        for row in rows:
            for word, role in zip(_terms(row), ROLES.values(), strict=True):
                if word:
                    self._terms.add((role, numbers[word], trace_no))
            if row.failed:
                self._terms.add((ERROR_ROLE, 0, trace_no))

    def write(self) -> None:
        """Write rows and terms."""
        if self._rows:
            rows = [tuple(row[name] for name in _COLUMNS) for row in self._rows]
            self._db.upsert_many(self._connection, traces, rows, update=_UPDATE)
        self._db.insert_many(self._connection, trace_terms, sorted(self._terms), ignore=True)
        add_totals(self._connection, self._totals)


def _terms(row: SpanRow) -> tuple[str, ...]:
    return row.user, row.session, row.model, row.agent, row.tool, row.service, row.slice


def _counted(total: Totals) -> dict[str, Any]:
    return {
        "spans": total.spans,
        "errors": total.errors,
        "input_tokens": total.input_tokens,
        "output_tokens": total.output_tokens,
        "cost_usd": total.cost_usd,
        "start_us": total.start_us,
        "duration_us": total.duration_us,
    }


def _added(before: Row[Any], new: Totals) -> Totals:
    starts = [start for start in (before.start_us, new.start_us) if start is not None]
    ends = [
        start + (duration or 0)
        for start, duration in ((before.start_us, before.duration_us), (new.start_us, new.duration_us))
        if start is not None
    ]
    return Totals(
        spans=before.spans + new.spans,
        errors=before.errors + new.errors,
        input_tokens=_sum(before.input_tokens, new.input_tokens),
        output_tokens=_sum(before.output_tokens, new.output_tokens),
        cost_usd=_sum(before.cost_usd, new.cost_usd),
        start_us=min(starts, default=None),
        duration_us=max(ends) - min(starts) if starts else None,
    )


def _sum(first: Any, second: Any) -> Any:
    return second if first is None else first if second is None else first + second


def _named(
    before: Row[Any] | None, root: SpanRow | None, rows: Sequence[SpanRow], numbers: Mapping[str, int]
) -> dict[str, Any]:
    """What a trace is called and shown by: its root's, until that comes its first span's."""
    shown = root or rows[0]
    replaced = before is None or (root is not None and not before.has_root)
    named = {
        "name_no": numbers[shown.name] if shown.name else 0,
        "has_root": int(root is not None),
        "service_no": numbers[shown.service] if shown.service else None,
        "input_preview": encode_text(shown.input_preview) if shown.input_preview else None,
        "output_preview": encode_text(shown.output_preview) if shown.output_preview else None,
    }
    if not replaced and before is not None:
        named = {name: getattr(before, name) for name in named}
    for column, words in (
        ("model_no", (row.model for row in rows)),
        ("user_no", (row.user for row in rows)),
        ("session_no", (row.session for row in rows)),
        ("slice_no", (row.slice for row in rows)),
    ):
        held = getattr(before, column) if before is not None else None
        found = next((word for word in words if word), "")
        named[column] = held if held is not None else numbers[found] if found else None
    return named
