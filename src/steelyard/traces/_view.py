"""A saved view: a filter over traces that a team gave a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from steelyard.core import UsageError

LONGEST_NAME = 80
"""Characters of a view's name."""
MOST_VIEWS = 100
"""Views of one project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A named filter, shared by everybody in a project."""

    project: str
    """Whose traces it looks at."""
    name: str
    """What people call it: one line, unique in the project."""
    query: Mapping[str, str]
    """The filter, as the parameters of the list's address."""
    made_by: str
    """Who saved it."""
    created: datetime
    """When, UTC."""


class ViewStore(Protocol):
    """Keeps saved views."""

    def add_view(self, view: SavedView) -> None:
        """Save a view; raises UsageError when the project has one of that name, or too many."""
        ...

    def views(self, project: str) -> list[SavedView]:
        """A project's views, the oldest first: their order never changes under people's fingers."""
        ...

    def delete_view(self, project: str, name: str) -> None:
        """Forget a view; raises NotFoundError."""
        ...


def check_view_name(name: str) -> str:
    """The name without white space around it; raises UsageError when it cannot name a view."""
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise UsageError(
            "this cannot name a view",
            where="name",
            hint=f"Write one line of at most {LONGEST_NAME} characters",
        )
    return plain
