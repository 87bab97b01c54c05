"""The API for administrators: settings, users, keys, the audit log; looking only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._settings import changed_since
from steelyard.app.web._answer import json_answer
from steelyard.app.web._audit_log import check_of, entries_of
from steelyard.app.web._desk import desk_of
from steelyard.app.web._keys import key_lines
from steelyard.app.web._openapi import BAD
from steelyard.app.web._settings import settings_of
from steelyard.app.web._site import Site
from steelyard.app.web._users import user_lines

router = APIRouter(prefix="/api/v1", tags=["settings"], responses=BAD)


@router.get("/settings", name="api_settings", summary="The project as it was resolved")
def api_settings(request: Request) -> Response:
    """Each setting with its value and where it is set; secrets are hidden."""
    site: Site = request.app.state.site
    groups = {group.key: [setting.as_json() for setting in group.settings] for group in settings_of(request)}
    file = None if site.project.file is None else str(site.project.file)
    changed = changed_since(site.project) or None
    return json_answer({"file": file, "changed": changed, "settings": groups})


@router.get("/users", name="api_users", summary="Who may log in")
def api_users(request: Request) -> Response:
    """Names, roles, last logins; empty while logins are off."""
    desk = desk_of(request)
    return json_answer({"logins": desk.logins, "users": [line.as_json() for line in user_lines(desk)]})


@router.get("/keys", name="api_keys", summary="This project's keys, without their secrets")
def api_keys(request: Request) -> Response:
    """As `key list --json`."""
    desk = desk_of(request)
    return json_answer({"logins": desk.logins, "keys": [line.as_json() for line in key_lines(desk)]})


class AuditQuery(BaseModel):
    """Which entries, newest first."""

    who: str = Field("", max_length=1000)
    action: str = Field("", max_length=1000)
    subject: str = Field("", max_length=1000)
    outcome: str = Field("", max_length=1000, description="`done`, `refused` or `failed`.")
    before: int | None = Field(None, ge=1, le=10**15, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=1000)


@router.get("/audit", name="api_audit", summary="The audit log, newest first")
def api_audit(request: Request, asked: Annotated[AuditQuery, Query()]) -> Response:
    """As `audit list --json`; `next` is the cursor."""
    wanted = {
        name: value for name in ("who", "action", "subject", "outcome") if (value := getattr(asked, name))
    }
    found = entries_of(desk_of(request), wanted, before=asked.before, limit=asked.limit + 1)
    shown = found[: asked.limit]
    following = shown[-1].no if len(found) > asked.limit else None
    return json_answer({"entries": [entry.as_json() for entry in shown], "next": following})


@router.get("/audit/check", name="api_audit_check", summary="Whether the log is as it was written")
def api_audit_check(
    request: Request, noted: Annotated[str, Query(max_length=200, description="NUMBER:HASH")] = ""
) -> Response:
    """As `audit verify --json`."""
    check = check_of(desk_of(request), noted)
    return json_answer(
        {
            "entries": check.entries,
            "hash": check.hash,
            "intact": check.broken is None,
            "broken": check.broken,
            "reason": check.reason,
        }
    )
