"""Large results: by column when they are small facts, by page when they hold long texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Connection, Select

_FETCH = 10_000
_PAGE_ROWS = 500
_PAGE_CHARACTERS = 4_000_000

K = TypeVar("K")


def fetch_columns(connection: Connection, query: Select[Any]) -> list[list[Any]]:
    """The columns of a large result, as the driver gives them: no row objects, no garbage to collect."""
    result = connection.execute(query)
    columns: list[list[Any]] = [[] for _ in query.selected_columns]
    cursor = result.cursor
    while rows := cursor.fetchmany(_FETCH):
        for column, part in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(part)
    result.close()
    return columns


def pages(facts: Iterable[tuple[K, int]]) -> Iterator[list[K]]:
    """Split keys, each with the length of its text, into pages that fit in little memory.

    A page has at most 500 keys and, unless it is a single one, 4 million characters.
    """
    page: list[K] = []
    held = 0
    for key, size in facts:
        if page and (len(page) >= _PAGE_ROWS or held + size > _PAGE_CHARACTERS):
            yield page
            page, held = [], 0
        page.append(key)
        held += size
    if page:
        yield page
