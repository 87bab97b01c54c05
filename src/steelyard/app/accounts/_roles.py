"""Roles: what a person or a key may do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal, get_args

from steelyard.core import UsageError
from steelyard.store.accounts import EVERY_PROJECT


class Role(IntEnum):
    """What a person or a key may do; each role may do all that those before it may."""

    viewer = 1
    """Look."""
    rater = 2
    """Rate."""
    editor = 3
    """Change benchmarks, start runs, decide gates, send traces."""
    admin = 4
    """Settings, users, keys."""


Scope = Literal["api", "ingest", "feedback"]
"""Which doors a key opens: pages and the API; those that take traces and feedback in; or feedback alone, for
a key that may stand in a page that anybody can read."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


def parse_role(word: str) -> Role:
    """A role by name; raises UsageError."""
    if word not in Role.__members__:
        raise UsageError(f"there is no role '{word}'", hint=f"Choose {', '.join(Role.__members__)}")
    return Role[word]


def role_in(roles: Mapping[str, str], project: str) -> Role | None:
    """The greater of the role in a project and the role everywhere; None without either."""
    found = [Role[roles[place]] for place in (project, EVERY_PROJECT) if place in roles]
    return max(found, default=None)
