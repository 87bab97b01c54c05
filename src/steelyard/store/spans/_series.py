"""Series over time, from the sums of hours that are over and of minutes around them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from steelyard.core import UsageError
from steelyard.store._engine import Database
from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import span_hours, span_minutes
from steelyard.store.spans._hours import rolled_up
from steelyard.store.spans._numbers import minute_at
from steelyard.store.spans._rows import kind_number
from steelyard.store.spans._words import Words
from steelyard.traces import KINDS, Cell, SeriesQuery, group_quantiles

_LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_HOUR = 60


class SpanSeriesReading:
    """Implements `series` of `steelyard.traces.SpanSeries`."""

    def __init__(self, database: Database, words: Words) -> None:
        self._db = database
        self._words = words

    def series(self, query: SeriesQuery) -> list[Cell]:
        """Points by time, then group."""
        if query.step_s < 60 or query.step_s % 60:
            raise UsageError("a step must be a multiple of 60 seconds", where=str(query.step_s))
        if query.kind not in ("", *KINDS):
            raise UsageError("no span is of this kind", where=query.kind, hint=f"Known: {', '.join(KINDS)}")
        project_no = self._words.find(query.project)
        if project_no is None:
            return []
        with self._db.read() as connection:
            parts = [fetch_columns(connection, part) for part in _parts(connection, query, project_no)]
            columns = [[value for part in parts for value in part[place]] for place in range(len(parts[0]))]
            groups = set(columns[1])
            texts = self._words.texts(connection, groups) if query.by != "kind" else {}
        named = {group: KINDS[group] if query.by == "kind" else texts.get(group, "") for group in groups}
        return _cells(columns, query.step_s // 60, named) if groups else []


def _parts(connection: Connection, query: SeriesQuery, project_no: int) -> Iterator[Select[Any]]:
    """Whole hours where the step allows them and they are summed up; minutes for the rest."""
    first = minute_at(query.since)
    last = minute_at(query.until, begun=True)
    done = rolled_up(connection, project_no) if query.step_s % 3600 == 0 else None
    low = -(-first // _HOUR)
    high = min(last // _HOUR, -1 if done is None else done + 1)
    if low < high:
        yield _sums(span_hours, query, project_no, low, high)
        yield _sums(span_minutes, query, project_no, first, low * _HOUR)
        yield _sums(span_minutes, query, project_no, high * _HOUR, last)
    else:
        yield _sums(span_minutes, query, project_no, first, last)


def _sums(table: Any, query: SeriesQuery, project_no: int, first: int, last: int) -> Select[Any]:
    c = table.c
    by = {"model": c.model_no, "slice": c.slice_no, "kind": c.kind}[query.by]
    minute = c.hour * _HOUR if table is span_hours else c.minute
    time = c.hour if table is span_hours else c.minute
    wanted = select(
        minute, by, c.count, c.errors, c.input_tokens, c.output_tokens, c.cost_usd, c.timed, c.total_us,
        c.sketch,
    ).where(c.project_no == project_no, time >= first, time < last)  # fmt: skip
    return wanted.where(c.kind == kind_number(query.kind)) if query.kind else wanted


def _cells(columns: list[list[Any]], step: int, named: dict[int, str]) -> list[Cell]:
    minutes, groups, *sums, sketches = columns
    starts = np.asarray(minutes, dtype=np.int64) // step
    keys, places = np.unique(starts << 32 | np.asarray(groups, dtype=np.int64), return_inverse=True)
    added = [_added(places, values, len(keys)) for values in sums]
    levels = group_quantiles(sketches, places, len(keys), levels=list(_LEVELS.values()))
    cells = [
        _cell(
            int(key >> 32) * step * 60,
            named[int(key & 0xFFFFFFFF)],
            [float(column[place]) for column in added],
            levels[place].tolist(),
        )
        for place, key in enumerate(keys)
    ]
    return sorted(cells, key=lambda cell: (cell.start, cell.group))


def _added(places: NDArray[np.intp], values: list[Any], count: int) -> NDArray[np.float64]:
    weights: NDArray[Any] = np.asarray(values, dtype=np.float64)
    return np.bincount(places, weights=weights, minlength=count).astype(np.float64)


def _cell(start: int, group: str, sums: list[float], levels: list[float]) -> Cell:
    count, errors, read, written, cost, timed, total = sums
    seconds: dict[str, float] = {}
    if timed:
        seconds = {"mean": total / timed / 1e6}
        seconds |= {name: level / 1e6 for name, level in zip(_LEVELS, levels, strict=True)}
    return Cell(
        start=datetime.fromtimestamp(start, UTC),
        group=group,
        count=int(count),
        errors=int(errors),
        input_tokens=int(read),
        output_tokens=int(written),
        cost_usd=cost,
        seconds=seconds,
    )
