"""Which traces a list shows: the rarest condition is walked by its index, the others are looked up.

A planner without statistics drives a join from the wrong side often enough to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from steelyard.store._paging import fetch_columns
from steelyard.store._span_schema import trace_terms, traces

_SAMPLE = 500
"""The rarer of two conditions is the one whose newest so many traces go further back."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as an index has it: the numbers of the traces that fulfil it, in order."""

    number: Any
    """The column of the numbers."""
    fixed: tuple[ColumnElement[bool], ...]
    """What is equal in that part of the index."""


EVERY = Condition(traces.c.no, ())
"""Fulfilled by every trace."""


def of_project(project_no: int) -> Condition:
    """The traces of a project."""
    c = traces.alias().c
    return Condition(c.no, (c.project_no == project_no,))


def of_term(role: int, word_no: int) -> Condition:
    """The traces that hold a word in a role."""
    c = trace_terms.alias().c
    return Condition(c.trace_no, (c.role == role, c.word_no == word_no))


@dataclass(frozen=True, slots=True)
class Window:
    """Numbers from `low` on and below `high`."""

    low: int
    """The first number."""
    high: int
    """The first number after it."""


def newest(
    connection: Connection, conditions: Sequence[Condition], window: Window, *, limit: int
) -> list[int]:
    """Numbers of the newest traces that fulfil every condition, newest first."""
    ordered = list(conditions)
    if len(ordered) > 1:
        ordered.sort(key=lambda condition: _reach(connection, condition, window))
    leads, others = ordered[0], ordered[1:]
    query = select(leads.number).where(*_where(leads, window), *(_also(leads, other) for other in others))
    return fetch_columns(connection, query.order_by(leads.number.desc()).limit(limit))[0]


def _where(condition: Condition, window: Window) -> list[ColumnElement[bool]]:
    return [*condition.fixed, condition.number >= window.low, condition.number < window.high]


def _reach(connection: Connection, condition: Condition, window: Window) -> int:
    """How far back the newest of a condition go; further than all where there are few."""
    query = select(condition.number).where(*_where(condition, window)).order_by(condition.number.desc())
    found: int | None = connection.scalar(query.offset(_SAMPLE).limit(1))
    return -1 if found is None else found


def _also(leads: Condition, other: Condition) -> ColumnElement[bool]:
    return exists().where(*other.fixed, other.number == leads.number).correlate(leads.number.table)
