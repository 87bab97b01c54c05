"""A version's places, copied from its parent's in the database; a case's row is never read for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, func, insert, literal, select, update

from steelyard.core import Case
from steelyard.store._schema import cases, version_cases
from steelyard.store._text import encode_text

if TYPE_CHECKING:
    from steelyard.bench import Revision


def revise_places(connection: Connection, parent_id: int, version_id: int, revision: Revision) -> int:
    """Give a version its parent's places but for a revision; returns how many cases it has.

    Places stay without a gap: those behind a removed case move up.
    """
    gone = sorted(_places(connection, parent_id, revision.removed).values())
    last = _last(connection, parent_id)
    for moved, (after, before) in enumerate(zip([-1, *gone], [*gone, last + 1], strict=True)):
        kept = select(literal(version_id), version_cases.c.case_no - moved, version_cases.c.case_row).where(
            version_cases.c.version_id == parent_id,
            version_cases.c.case_no > after,
            version_cases.c.case_no < before,
        )
        connection.execute(insert(version_cases).from_select(["version_id", "case_no", "case_row"], kept))
    count = last + 1 - len(gone)
    places = _places(connection, version_id, [case.id for case in revision.replaced])
    for case in revision.replaced:
        at = (version_cases.c.version_id == version_id, version_cases.c.case_no == places[case.id])
        connection.execute(update(version_cases).where(*at).values(case_row=_row_of(case)))
    for case in revision.added:
        place = {"version_id": version_id, "case_no": count, "case_row": _row_of(case)}
        connection.execute(insert(version_cases).values(place))
        count += 1
    return count


def named(case_id: str) -> ColumnElement[bool]:
    """A place whose case has this id: one pass over a version's places, however often the case was edited."""
    rows = select(cases.c.id).where(cases.c.case_id == encode_text(case_id))
    return version_cases.c.case_row.in_(rows)


def _row_of(case: Case) -> object:
    named = cases.c.content_hash == bytes.fromhex(case.content_hash)
    return select(cases.c.id).where(named).scalar_subquery()


def _last(connection: Connection, version_id: int) -> int:
    query = select(func.max(version_cases.c.case_no)).where(version_cases.c.version_id == version_id)
    return int(connection.execute(query).scalar_one())


def _places(connection: Connection, version_id: int, ids: Sequence[str]) -> dict[str, int]:
    found = {}
    for case_id in ids:
        query = select(version_cases.c.case_no).where(
            version_cases.c.version_id == version_id, named(case_id)
        )
        found[case_id] = int(connection.execute(query).scalar_one())
    return found
