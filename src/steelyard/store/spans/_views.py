"""Saved views of traces, by project and name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from steelyard.core import NotFoundError, UsageError, canonical_json, parse_json
from steelyard.store._codec import as_object
from steelyard.store._engine import Database
from steelyard.store._span_schema import saved_views
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time
from steelyard.traces import MOST_VIEWS, SavedView


class Views:
    """Implements `steelyard.traces.ViewStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_view(self, view: SavedView) -> None:
        """Save a view; raises UsageError when the project has one of that name, or too many."""
        project, name = encode_text(view.project), encode_text(view.name)
        mine = saved_views.c.project == project
        row = {
            "project": project,
            "name": name,
            "query": canonical_json(dict(view.query)),
            "made_by": encode_text(view.made_by),
            "created": encode_time(view.created),
        }
        with self._db.write_alone() as connection:
            if (
                connection.scalar(select(saved_views.c.id).where(mine, saved_views.c.name == name))
                is not None
            ):
                raise UsageError(
                    f"there is a view '{view.name}' already",
                    where="name",
                    hint="Choose another name, or delete that one",
                )
            if (connection.scalar(select(func.count()).where(mine)) or 0) >= MOST_VIEWS:
                raise UsageError(
                    f"the project has {MOST_VIEWS} views already", hint="Delete one that nobody needs"
                )
            connection.execute(insert(saved_views).values(row))

    def views(self, project: str) -> list[SavedView]:
        """A project's views, the oldest first."""
        query = select(saved_views).where(saved_views.c.project == encode_text(project))
        with self._db.read() as connection:
            return [_view(row) for row in connection.execute(query.order_by(saved_views.c.id))]

    def delete_view(self, project: str, name: str) -> None:
        """Forget a view; raises NotFoundError."""
        one = (saved_views.c.project == encode_text(project), saved_views.c.name == encode_text(name))
        with self._db.write() as connection:
            if connection.execute(delete(saved_views).where(*one)).rowcount == 0:
                raise NotFoundError(f"there is no view '{name[:100]}'", hint="See the list of traces")


def _view(row: Row[Any]) -> SavedView:
    return SavedView(
        project=decode_text(row.project),
        name=decode_text(row.name),
        query={key: str(value) for key, value in as_object(parse_json(row.query)).items()},
        made_by=decode_text(row.made_by),
        created=decode_time(row.created),
    )
