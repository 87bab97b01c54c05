"""Counts and sketches by minute, summed up as spans come: what series are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from steelyard.store._engine import Database
from steelyard.store._span_schema import span_hours, span_minutes
from steelyard.store.spans._numbers import minute_of
from steelyard.store.spans._trace_sums import Fact, TraceSums
from steelyard.traces import merge_sketches, sketch_of

Key = tuple[int, int, int, int, int]
_OTHER = 0
_MOST_CELLS = 500
"""Cells of one minute in one transaction; what more models or slices there are count as neither."""
_ADDED = ("count", "errors", "input_tokens", "output_tokens", "cost_usd", "timed", "total_us")
_UPDATE = ", ".join(f"{name} = span_minutes.{name} + excluded.{name}" for name in _ADDED)
_SKETCHES = "SELECT kind, model_no, slice_no, sketch FROM span_minutes WHERE project_no = ? AND minute = ?"
_TAKEN_BACK = ("input_tokens", "output_tokens", "cost_usd")


class _Sums:
    __slots__ = ("cost_usd", "count", "durations", "errors", "input_tokens", "output_tokens")

    def __init__(self) -> None:
        self.count = self.errors = self.input_tokens = self.output_tokens = 0
        self.cost_usd = 0.0
        self.durations: list[int] = []


class MinuteSums:
    """Sums up the spans of one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._cells: dict[Key, _Sums] = {}
        self._back: dict[Key, list[float]] = {}

    def take(self, project_no: int, minute: int, facts: Iterable[Fact], *, sums: TraceSums) -> None:
        """Count the new spans of one trace; `sums`, with them counted, says whose tokens and cost count.

        What it takes back is taken from the minute in which it was counted.
        """
        cells, tokens, costs = self._cells, sums.tokens, sums.costs
        for fact in facts:
            _, span, _, kind, failed, model, part, _, duration, read, written, cost = fact
            key = (project_no, minute, kind, model or _OTHER, part or _OTHER)
            cell = cells.get(key)
            if cell is None:
                if len(cells) >= _MOST_CELLS:
                    key = (*key[:3], _OTHER, _OTHER)
                cell = cells.setdefault(key, _Sums())
            cell.count += 1
            cell.errors += failed
            if span in tokens:
                cell.input_tokens += read or 0
                cell.output_tokens += written or 0
            if span in costs:
                cell.cost_usd += cost
            if duration is not None:
                cell.durations.append(duration)
        for fact, is_tokens in sums.taken_back:
            key = (project_no, minute_of(fact[0]), fact[3], fact[5] or _OTHER, fact[6] or _OTHER)
            back = self._back.setdefault(key, [0, 0, 0.0])
            if is_tokens:
                back[0] += fact[9] or 0
                back[1] += fact[10] or 0
            else:
                back[2] += fact[11]
        sums.taken_back.clear()

    def write(self, connection: Connection) -> None:
        """Add what was summed to what the minutes hold; call under the write lock."""
        if not self._cells:
            return
        held: dict[Key, bytes] = {}
        for project_no, minute in {key[:2] for key in self._cells}:
            for kind, model, part, sketch in self._db.fetch(connection, _SKETCHES, (project_no, minute)):
                held[project_no, minute, kind, model, part] = bytes(sketch)
        rows = [_columns(key, sums, held.get(key)) for key, sums in self._cells.items()]
        self._db.upsert_many(connection, span_minutes, rows, update=f"{_UPDATE}, sketch = excluded.sketch")
        if self._back:
            self._take_back(connection)

    def _take_back(self, connection: Connection) -> None:
        """From the minute and, where it was summed up meanwhile, from its hour; never below nothing."""
        place = "?" if self._db.is_sqlite else "%s"
        least = "max" if self._db.is_sqlite else "greatest"
        changes = ", ".join(f"{name} = {least}({name} - {place}, 0)" for name in _TAKEN_BACK)
        for table, time, length in ((span_minutes, "minute", 1), (span_hours, "hour", 60)):
            connection.exec_driver_sql(
                f"UPDATE {table.name} SET {changes} WHERE project_no = {place} AND {time} = {place}"  # noqa: S608
                f" AND kind = {place} AND model_no = {place} AND slice_no = {place}",
                [(*back, key[0], key[1] // length, *key[2:]) for key, back in self._back.items()],
            )


def _columns(key: Key, sums: _Sums, held: bytes | None) -> tuple[Any, ...]:
    durations: Sequence[int] = sums.durations
    sketch = sketch_of(durations)
    return (
        *key,
        sums.count,
        sums.errors,
        sums.input_tokens,
        sums.output_tokens,
        sums.cost_usd,
        len(durations),
        min(sum(durations), 2**62),
        merge_sketches((held, sketch)) if held else sketch,
    )
