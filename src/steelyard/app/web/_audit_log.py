"""The audit log: who did what, filtered, a page at a time, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._desk import Desk, desk_of, tabs
from steelyard.app.web._render import Crumb, link, render
from steelyard.core import UsageError, canonical_json
from steelyard.store.accounts import AuditCheck, AuditEntry, parse_mark

router = APIRouter(include_in_schema=False)
FILTERS = ("who", "action", "subject", "outcome")
OUTCOMES = ("done", "refused", "failed")
_ROWS = 100
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """What the log shows."""

    entries: tuple[AuditEntry, ...]
    """The newest first."""
    details: tuple[str, ...]
    """What else each of them holds, as JSON."""
    wanted: Mapping[str, str]
    """Column to the value sought."""
    cursor: bool
    """Whether this is not the first page."""
    next: str
    """Address of older entries; empty at the end."""
    check: AuditCheck | None
    """What reading the whole chain found; None where nobody asked."""
    noted: str
    """The entry that was noted elsewhere, as typed."""
    tabs: Sequence[tuple[str, str]]
    """The places of the settings."""


@router.get("/settings/audit", name="audit")
def audit(request: Request) -> Response:
    """The newest entries first; with `check`, the chain is read from its start."""
    desk = desk_of(request)
    wanted = filters_of(request)
    before = _number(request.query_params.get("before", ""))
    entries = entries_of(desk, wanted, before=before, limit=_ROWS + 1)
    shown = entries[:_ROWS]
    noted = request.query_params.get("noted", "").strip()[:_LONGEST]
    page = AuditPage(
        entries=tuple(shown),
        details=tuple(canonical_json(entry.event.detail) if entry.event.detail else "" for entry in shown),
        wanted=wanted,
        cursor=before is not None,
        next=link("/settings/audit", **wanted, before=shown[-1].no) if len(entries) > _ROWS else "",
        check=check_of(desk, noted) if request.query_params.get("check") else None,
        noted=noted,
        tabs=tabs(desk),
    )
    crumbs = (Crumb(text="Settings", url="/settings"), Crumb(text="Audit log"))
    return render(request, "audit.html", title="Audit log", crumbs=crumbs, page=page, outcomes=OUTCOMES)


def filters_of(request: Request) -> dict[str, str]:
    """What is sought in which column."""
    query = request.query_params
    return {name: query[name].strip()[:_LONGEST] for name in FILTERS if query.get(name, "").strip()}


def entries_of(desk: Desk, wanted: Mapping[str, str], *, before: int | None, limit: int) -> list[AuditEntry]:
    """A page of entries; raises ForbiddenError for who administers this project alone."""
    desk.check_everywhere("The audit log tells of every project")
    return desk.guard.accounts.audit.entries(limit=limit, before=before, where=wanted)


def check_of(desk: Desk, noted: str) -> AuditCheck:
    """Read the whole chain; raises ForbiddenError, and UsageError for a note that names no entry."""
    desk.check_everywhere("The audit log tells of every project")
    return desk.guard.accounts.audit.verify(known=parse_mark(noted) if noted else None)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UsageError("this is no entry's number", where="before", hint="Begin with the newest again")
    return int(text)
