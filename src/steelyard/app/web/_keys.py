"""Keys for programs: the list, making one that is shown once, ending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app.accounts import SCOPES, KeyRequest, Role, parse_lifetime, parse_role, state_of
from steelyard.app.web._desk import Desk, desk_of, tabs
from steelyard.app.web._render import Crumb, link, render
from steelyard.core import Json, UserError
from steelyard.store.accounts import ApiKey

router = APIRouter(include_in_schema=False)
_FIELDS = ("name", "role", "lifetime")
_LIFETIMES = {"30d": "30 days", "90d": "90 days", "52w": "a year", "": "until it is revoked"}
_SCOPE_WORDS = {
    "api": "pages and the API",
    "ingest": "sending traces and feedback",
    "feedback": "sending feedback alone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One key in the list."""

    key: ApiKey
    """The key, without its secret."""
    state: str
    """`active`, `expired` or `revoked`."""

    def as_json(self) -> dict[str, Json]:
        """What the API gives of it."""
        key = self.key
        times = {"created": key.created, "expires": key.expires, "used": key.used, "revoked": key.revoked}
        return {
            "prefix": key.prefix,
            "name": key.name,
            "role": key.role,
            "scopes": list(key.scopes),
            "state": self.state,
            **{name: None if time is None else time.isoformat() for name, time in times.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPage:
    """What the list shows."""

    lines: tuple[KeyLine, ...]
    """The project's keys: those that open something first, the newest first."""
    logins: bool
    """Whether anybody needs a key."""
    roles: tuple[str, ...]
    """The roles that a key can have."""
    scopes: Mapping[str, str]
    """Scope to what it opens."""
    lifetimes: Mapping[str, str]
    """Length of life to its words."""
    project: str
    """The project's name."""
    tabs: Sequence[tuple[str, str]]
    """The places of the settings."""
    token: str = field(default="", repr=False)
    """The key that was just made: this once."""
    made: str = ""
    """Its name."""
    problem: str = ""
    """Why none was made."""
    given: Mapping[str, object] = field(default_factory=dict)
    """What was typed, to be mended."""
    done: str = ""
    """What was just changed, in a sentence."""


@router.get("/settings/keys", name="keys")
def keys(request: Request, revoked: str = "") -> Response:
    """This project's keys."""
    desk = desk_of(request)
    lines = key_lines(desk)
    known = any(line.key.prefix == revoked and line.state == "revoked" for line in lines)
    return _page(request, desk, done=f"{revoked} opens nothing any more." if known else "")


@router.post("/settings/keys", name="key_add")
async def key_add(request: Request) -> Response:
    """Make a key; its text is in this answer and nowhere else."""
    form = await request.form()
    given: dict[str, object] = {name: str(form.get(name) or "") for name in _FIELDS}
    given["scopes"] = [str(scope) for scope in form.getlist("scope")]
    return await run_in_threadpool(_make, request, given)


@router.post("/settings/keys/{prefix}/revoke", name="key_revoke")
def key_revoke(request: Request, prefix: str) -> Response:
    """End a key."""
    desk = desk_of(request)
    desk.check_person()
    desk.changes.revoke_key(prefix, project=desk.guard.project)
    goal = link("/settings/keys", revoked=prefix)
    return RedirectResponse(goal, status_code=HTTPStatus.SEE_OTHER)


def key_lines(desk: Desk) -> tuple[KeyLine, ...]:
    """The project's keys: those that open something first, the newest first."""
    if not desk.logins:
        return ()
    now = desk.guard.clock.now()
    found = [
        KeyLine(key=key, state=state_of(key, now))
        for key in reversed(desk.guard.accounts.keys.list_keys(desk.guard.project))
    ]
    return tuple(sorted(found, key=lambda line: line.state != "active"))


def _make(request: Request, given: Mapping[str, object]) -> Response:
    desk = desk_of(request)
    desk.check_person()
    scopes = given["scopes"]
    chosen = [scope for scope in SCOPES if isinstance(scopes, list) and scope in scopes]
    lifetime = str(given["lifetime"])
    try:
        wanted = KeyRequest(
            name=str(given["name"]).strip(),
            project=desk.guard.project,
            role=parse_role(str(given["role"])),
            scopes=chosen,
            lifetime=parse_lifetime(lifetime) if lifetime else None,
        )
        made, token = desk.changes.add_key(wanted)
    except UserError as error:
        answer = _page(request, desk, problem=str(error), given=given)
        answer.status_code = HTTPStatus.BAD_REQUEST
        return answer
    return _page(request, desk, token=token, made=made.name)


def _page(request: Request, desk: Desk, **said: object) -> Response:
    page = KeysPage(
        lines=key_lines(desk),
        logins=desk.logins,
        roles=tuple(Role.__members__),
        scopes={scope: _SCOPE_WORDS.get(scope, scope) for scope in SCOPES},
        lifetimes=_LIFETIMES,
        project=desk.guard.project,
        tabs=tabs(desk),
        **said,  # type: ignore[arg-type] # the callers in this file name fields of the page
    )
    crumbs = (Crumb(text="Settings", url="/settings"), Crumb(text="Keys"))
    return render(request, "keys.html", title="Keys", crumbs=crumbs, page=page)
