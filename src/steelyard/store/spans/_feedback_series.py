"""Feedback over time: counted where it lies, joined with its traces when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, case, func, literal_column, or_, select

from steelyard.core import UsageError
from steelyard.store._engine import Database
from steelyard.store._span_schema import trace_feedback, traces
from steelyard.store.spans._feedback_rows import KIND_NO, NEGATIVE
from steelyard.store.spans._numbers import COUNTER_BITS, number_at
from steelyard.store.spans._words import Words
from steelyard.traces import FeedbackCell, FeedbackSeriesQuery

_VALUE = trace_feedback.c.value
# PostgreSQL refuses a product too small for a double; against any that is not, it counts for nothing.
_SQUARE = case((func.abs(_VALUE) < 1e-150, 0.0), else_=_VALUE * _VALUE)


def read_series(database: Database, words: Words, query: FeedbackSeriesQuery) -> list[FeedbackCell]:
    """Points by time, model, slice and name.

    The model and the slice are those of the span, else of its trace as the list shows it.
    """
    if query.step_s < 60 or query.step_s % 60:
        raise UsageError("a step must be a multiple of 60 seconds", where=str(query.step_s))
    project_no = words.find(query.project)
    named = {
        name: words.find(text)
        for name, text in (("name", query.name), ("model", query.model), ("slice", query.slice))
        if text is not None
    }
    if project_no is None or None in named.values():
        return []
    with database.read() as connection:
        rows = [
            row for wanted in _selects(query, project_no, named) for row in connection.execute(wanted).all()
        ]
        texts = words.texts(connection, {no for row in rows for no in row[1:4] if no})
    summed: dict[tuple[int, ...], list[float]] = {}
    for key, sums in ((tuple(row[:4]), row[4:]) for row in rows):
        held = summed.setdefault(key, [0] * len(sums))
        summed[key] = [one + float(other) for one, other in zip(held, sums, strict=True)]
    cells = [_cell(key, sums, texts, step_s=query.step_s) for key, sums in summed.items()]
    return sorted(cells, key=lambda cell: (cell.start, cell.model, cell.slice, cell.name))


def _cell(
    key: tuple[int, ...], sums: Sequence[float], texts: Mapping[int, str], *, step_s: int
) -> FeedbackCell:
    step, *names = key
    name, model, part = (texts.get(no, "") if no else "" for no in names)
    n, negative, count, valued, total, squares = sums
    return FeedbackCell(
        start=datetime.fromtimestamp(int(step) * step_s, UTC),
        model=model,
        slice=part,
        name=name,
        n=int(n),
        negative=int(negative),
        traces=int(count),
        valued=int(valued),
        total=total,
        squares=squares,
    )


def _selects(
    query: FeedbackSeriesQuery, project_no: int, named: Mapping[str, int | None]
) -> list[Select[Any]]:
    """What has its model and slice beside it is counted without its traces; the rest is joined with them."""
    f = trace_feedback.c
    if query.clock == "answered":
        return [_select(query, project_no, named)]
    asked = [
        column
        for name, column in (("model", f.model_no), ("slice", f.slice_no))
        if name in query.by or name in named
    ]
    settled = [column.is_not(None) for column in asked]
    quick = _select(query, project_no, named, joined=False).where(*settled)
    if not asked:
        return [quick]
    return [quick, _select(query, project_no, named).where(or_(*(column.is_(None) for column in asked)))]


def _select(
    query: FeedbackSeriesQuery, project_no: int, named: Mapping[str, int | None], *, joined: bool = True
) -> Select[Any]:
    f, t = trace_feedback.c, traces.c
    number = f.no if query.clock == "received" else t.no
    step = number.op("/")(literal_column(str(query.step_s * 1000 << COUNTER_BITS))).label("step")
    columns = {
        "name": f.name_no,
        "model": func.coalesce(f.model_no, t.model_no, 0) if joined else f.model_no,
        "slice": func.coalesce(f.slice_no, t.slice_no, 0) if joined else f.slice_no,
    }
    told: dict[str, Any] = {
        name: column if name == "name" or name in query.by else literal_column("0")
        for name, column in columns.items()
    }
    wanted = (
        select(
            step,
            *(column.label(name) for name, column in told.items()),
            func.count().label("n"),
            func.sum(case((f.tone == NEGATIVE, 1), else_=0)).label("negative"),
            func.count(f.trace_id.distinct()).label("traces"),
            func.count(f.value).label("valued"),
            func.coalesce(func.sum(f.value), 0.0).label("total"),
            func.coalesce(func.sum(_SQUARE), 0.0).label("squares"),
        )
        .where(f.project_no == project_no, f.kind == KIND_NO[query.kind])
        .where(number >= number_at(query.since), number < number_at(query.until))
    )
    if joined:
        same = (t.trace_id == f.trace_id) & (t.project_no == f.project_no)
        wanted = wanted.select_from(trace_feedback.join(traces, same, isouter=query.clock == "received"))
    for name, word_no in named.items():
        wanted = wanted.where(columns[name] == word_no)
    return wanted.group_by(literal_column("1"), literal_column("2"), literal_column("3"), literal_column("4"))
