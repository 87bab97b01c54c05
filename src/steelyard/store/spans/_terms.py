"""The terms of traces that go. Their index begins with the word, so they are named one by one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from steelyard.store._span_schema import spans
from steelyard.store.spans._marks import NEGATIVE_ROLE
from steelyard.store.spans._traces import ERROR_ROLE, ROLES

_KEY = ("role", "word_no", "trace_no")
_ONE_BY_ONE = text(
    "DELETE FROM trace_terms WHERE role = :role AND word_no = :word_no AND trace_no = :trace_no"
)
_TOGETHER = text(
    "DELETE FROM trace_terms USING unnest(CAST(:role AS smallint[]), CAST(:word_no AS integer[]),"
    " CAST(:trace_no AS bigint[])) AS gone (role, word_no, trace_no)"
    " WHERE trace_terms.role = gone.role AND trace_terms.word_no = gone.word_no"
    " AND trace_terms.trace_no = gone.trace_no"
)
_COLUMNS = [spans.c[f"{name}_no"] for name in ROLES]


def delete_terms(connection: Connection, trace_nos: Sequence[int]) -> None:
    """Delete every term of these traces; call while their spans are there."""
    query = select(spans.c.trace_no, *_COLUMNS).where(spans.c.trace_no.in_(trace_nos)).distinct()
    terms = {(role, 0, trace_no) for trace_no in trace_nos for role in (ERROR_ROLE, NEGATIVE_ROLE)}
    for trace_no, *words in connection.execute(query):
        terms.update(
            (role, word_no, trace_no) for role, word_no in zip(ROLES.values(), words, strict=True) if word_no
        )
    ordered = sorted(terms)
    if connection.dialect.name == "sqlite":
        connection.execute(_ONE_BY_ONE, [dict(zip(_KEY, term, strict=True)) for term in ordered])
    else:
        connection.execute(_TOGETHER, {name: [term[n] for term in ordered] for n, name in enumerate(_KEY)})
