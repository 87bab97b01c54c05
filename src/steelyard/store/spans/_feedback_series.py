"""Feedback over time: counted where it lies, joined with its traces when asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, case, func, literal_column, select

from steelyard.core import UsageError
from steelyard.store._engine import Database
from steelyard.store._span_schema import trace_feedback, traces
from steelyard.store.spans._feedback_rows import KIND_NO, NEGATIVE
from steelyard.store.spans._numbers import COUNTER_BITS, number_at
from steelyard.store.spans._words import Words
from steelyard.traces import FeedbackCell, FeedbackSeriesQuery


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
    wanted = _select(query, project_no, named)
    with database.read() as connection:
        rows = connection.execute(wanted).all()
        texts = words.texts(connection, {no for row in rows for no in row[1:4] if no})
    cells = [
        FeedbackCell(
            start=datetime.fromtimestamp(int(row.step) * query.step_s, UTC),
            model=texts.get(row.model, "") if row.model else "",
            slice=texts.get(row.slice, "") if row.slice else "",
            name=texts.get(row.name, "") if row.name else "",
            n=row.n,
            negative=int(row.negative),
            traces=row.traces,
            valued=row.valued,
            total=float(row.total),
            squares=float(row.squares),
        )
        for row in rows
    ]
    return sorted(cells, key=lambda cell: (cell.start, cell.model, cell.slice, cell.name))


def _select(query: FeedbackSeriesQuery, project_no: int, named: dict[str, int | None]) -> Select[Any]:
    f, t = trace_feedback.c, traces.c
    number = f.no if query.clock == "received" else t.no
    step = number.op("/")(literal_column(str(query.step_s * 1000 << COUNTER_BITS))).label("step")
    columns = {
        "name": f.name_no,
        "model": func.coalesce(f.model_no, t.model_no, 0),
        "slice": func.coalesce(f.slice_no, t.slice_no, 0),
    }
    told = {
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
            func.coalesce(func.sum(f.value * f.value), 0.0).label("squares"),
        )
        .join(
            traces,
            (t.trace_id == f.trace_id) & (t.project_no == f.project_no),
            isouter=query.clock == "received",
        )
        .where(f.project_no == project_no, f.kind == KIND_NO[query.kind])
        .where(number >= number_at(query.since), number < number_at(query.until))
    )
    for name, word_no in named.items():
        wanted = wanted.where(columns[name] == word_no)
    return wanted.group_by(literal_column("1"), literal_column("2"), literal_column("3"), literal_column("4"))
