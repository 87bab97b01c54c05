"""Counts and sketches by minute: what series are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from steelyard.core import UsageError
from steelyard.store._engine import Database
from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import span_minutes
from steelyard.store.spans._rows import kind_number
from steelyard.store.spans._words import Words
from steelyard.traces import (
    KINDS,
    Cell,
    SeriesQuery,
    SpanRow,
    bucket_of,
    merge_sketches,
    pack_sketch,
    sketch_quantiles,
    told,
)

Key = tuple[int, int, int, int, int]
_OTHER = 0
_MOST_CELLS = 500
"""Cells of one minute in one transaction; what more models or slices there are count as neither."""
_LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_ADDED = ("count", "errors", "input_tokens", "output_tokens", "cost_usd", "timed", "total_us")
_UPDATE = ", ".join(f"{name} = span_minutes.{name} + excluded.{name}" for name in _ADDED)


@dataclass(slots=True)
class _Sums:
    count: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    timed: int = 0
    total_us: int = 0
    buckets: dict[int, int] = field(default_factory=dict)


class MinuteSums:
    """Sums up the rows of one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._cells: dict[Key, _Sums] = {}

    def take(self, project_no: int, minute: int, rows: list[SpanRow], words: Mapping[str, int]) -> None:
        """Count the new spans of one trace; tokens and cost only where no span below says them too."""
        tokens, costs = told(rows) if len(rows) > 1 else ((True,), (True,))
        cells = self._cells
        for row, own_tokens, own_cost in zip(rows, tokens, costs, strict=True):
            model = words[row.model] if row.model else _OTHER
            part = words[row.slice] if row.slice else _OTHER
            key = (project_no, minute, kind_number(row.kind), model, part)
            sums = cells.get(key)
            if sums is None:
                if len(cells) >= _MOST_CELLS:
                    key = (*key[:3], _OTHER, _OTHER)
                sums = cells.setdefault(key, _Sums())
            sums.count += 1
            sums.errors += row.failed
            if own_tokens:
                sums.input_tokens += row.input_tokens or 0
                sums.output_tokens += row.output_tokens or 0
            if own_cost:
                sums.cost_usd += row.cost_usd or 0.0
            if row.duration_us is not None:
                sums.timed += 1
                sums.total_us += row.duration_us
                bucket = bucket_of(row.duration_us)
                sums.buckets[bucket] = sums.buckets.get(bucket, 0) + 1

    def write(self, connection: Connection) -> None:
        """Add what was summed to what the minutes hold; call under the write lock."""
        if not self._cells:
            return
        held: dict[Key, bytes] = {}
        c = span_minutes.c
        for project_no, minute in {key[:2] for key in self._cells}:
            query = select(c.kind, c.model_no, c.slice_no, c.sketch).where(
                c.project_no == project_no, c.minute == minute
            )
            for kind, model, part, sketch in connection.execute(query):
                held[project_no, minute, kind, model, part] = bytes(sketch)
        rows = [_columns(key, sums, held.get(key)) for key, sums in self._cells.items()]
        self._db.upsert_many(connection, span_minutes, rows, update=f"{_UPDATE}, sketch = excluded.sketch")


def _columns(key: Key, sums: _Sums, held: bytes | None) -> tuple[Any, ...]:
    sketch = pack_sketch(sums.buckets)
    return (
        *key,
        sums.count,
        sums.errors,
        sums.input_tokens,
        sums.output_tokens,
        sums.cost_usd,
        sums.timed,
        min(sums.total_us, 2**62),
        merge_sketches((held, sketch)) if held else sketch,
    )


class Minutes:
    """Reads series."""

    def __init__(self, database: Database, words: Words) -> None:
        self._db = database
        self._words = words

    def series(self, query: SeriesQuery) -> list[Cell]:
        """Points by time, then group."""
        if query.step_s < 60 or query.step_s % 60:
            raise UsageError("a step must be a multiple of 60 seconds", where=str(query.step_s))
        project_no = self._words.find(query.project)
        if project_no is None:
            return []
        step = query.step_s // 60
        c = span_minutes.c
        by = {"model": c.model_no, "slice": c.slice_no, "kind": c.kind}[query.by]
        wanted = select(
            c.minute, by, c.count, c.errors, c.input_tokens, c.output_tokens, c.cost_usd, c.timed, c.total_us,
            c.sketch,
        ).where(
            c.project_no == project_no,
            c.minute >= int(query.since.timestamp()) // 60,
            c.minute < -(-int(query.until.timestamp()) // 60),
        )  # fmt: skip
        if query.kind:
            wanted = wanted.where(c.kind == kind_number(query.kind))
        points: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
        with self._db.read() as connection:
            for minute, group, *sums in zip(*fetch_columns(connection, wanted), strict=True):
                points.setdefault((minute // step, group), []).append(tuple(sums))
            groups = {group for _, group in points}
            texts = self._words.texts(connection, groups) if query.by != "kind" else {}
        named = {group: KINDS[group] if query.by == "kind" else texts.get(group, "") for group in groups}
        cells = [_cell(start * query.step_s, named[group], rows) for (start, group), rows in points.items()]
        return sorted(cells, key=lambda cell: (cell.start, cell.group))


def _cell(start: int, group: str, rows: Iterable[tuple[Any, ...]]) -> Cell:
    count, errors, read, written, cost, timed, total, sketches = zip(*rows, strict=True)
    seconds: dict[str, float] = {}
    if sum(timed):
        levels = sketch_quantiles((bytes(sketch) for sketch in sketches), list(_LEVELS.values()))
        seconds = {"mean": sum(map(int, total)) / sum(timed) / 1e6}
        seconds |= {name: level / 1e6 for name, level in zip(_LEVELS, levels, strict=True)}
    return Cell(
        start=datetime.fromtimestamp(start, UTC),
        group=group,
        count=sum(count),
        errors=sum(errors),
        input_tokens=sum(map(int, read)),
        output_tokens=sum(map(int, written)),
        cost_usd=sum(cost),
        seconds=seconds,
    )
