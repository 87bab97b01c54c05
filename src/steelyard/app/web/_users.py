"""Users: who may log in, what they may do, and changing that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app.accounts import Role, parse_role, user_name
from steelyard.app.web._desk import Desk, desk_of, tabs
from steelyard.app.web._render import Crumb, link, render
from steelyard.core import Json, NotFoundError, UsageError
from steelyard.store.accounts import EVERY_PROJECT, User

router = APIRouter(include_in_schema=False)
_NO_ROLE = "none"
_DONE = {
    "role": "has another role now",
    "closed": "is kept out, and logged out",
    "opened": "may log in again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine:
    """One user in the list."""

    name: str
    """What they type to log in."""
    role: str
    """Their role in this project; empty without one."""
    everywhere: str
    """Their role in every project; empty without one."""
    login: datetime | None
    """When they last logged in, UTC."""
    created: datetime
    """When they were added, UTC."""
    how: str
    """How they log in."""
    closed: datetime | None
    """Since when they are kept out, UTC."""
    is_self: bool
    """Whether this is who looks."""

    def as_json(self) -> dict[str, Json]:
        """What the API gives of them."""
        return {
            "name": self.name,
            "role": self.role or None,
            "everywhere": self.everywhere or None,
            "last_login": None if self.login is None else self.login.isoformat(),
            "created": self.created.isoformat(),
            "login": self.how,
            "disabled": None if self.closed is None else self.closed.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPage:
    """What the list shows."""

    lines: tuple[UserLine, ...]
    """The users, in the order in which they came."""
    logins: bool
    """Whether people log in at all."""
    everywhere: bool
    """Whether who looks administers every project."""
    roles: tuple[str, ...]
    """The roles that can be given."""
    project: str
    """The project's name."""
    done: str
    """What was just changed, in a sentence."""
    tabs: Sequence[tuple[str, str]]
    """The places of the settings."""


@router.get("/settings/users", name="users")
def users(request: Request, done: str = "", name: str = "") -> Response:
    """Everybody who may log in."""
    desk = desk_of(request)
    lines = user_lines(desk)
    known = done in _DONE and name in {line.name for line in lines}
    page = UsersPage(
        lines=lines,
        logins=desk.logins,
        everywhere=desk.everywhere,
        roles=(*Role.__members__, _NO_ROLE),
        project=desk.guard.project,
        done=f"{name} {_DONE[done]}." if known else "",
        tabs=tabs(desk),
    )
    crumbs = (Crumb(text="Settings", url="/settings"), Crumb(text="Users"))
    return render(request, "users.html", title="Users", crumbs=crumbs, page=page)


@router.post("/settings/users/{name}/role", name="user_role")
async def user_role(request: Request, name: str) -> Response:
    """Give a user another role."""
    form = await request.form()
    role, place = form.get("role"), form.get("place")
    return await run_in_threadpool(
        _set_role, request, name, role=str(role or ""), everywhere=place == "everywhere"
    )


@router.post("/settings/users/{name}/state", name="user_state")
async def user_state(request: Request, name: str) -> Response:
    """Keep a user out, or let them in again."""
    state = (await request.form()).get("state")
    return await run_in_threadpool(_set_state, request, name, state=str(state or ""))


def user_lines(desk: Desk) -> tuple[UserLine, ...]:
    """The users that an administrator may know of."""
    if not desk.logins:
        return ()
    logins = desk.guard.accounts.audit.last_times("login")
    return tuple(_line(user, desk, logins.get(user.name)) for user in desk.users())


def _set_role(request: Request, name: str, *, role: str, everywhere: bool) -> Response:
    desk = desk_of(request)
    user = _other(desk, name)
    if everywhere:
        desk.check_everywhere("Roles in every project")
    wanted = None if role == _NO_ROLE else parse_role(role)
    desk.changes.set_role(user.name, wanted, project=EVERY_PROJECT if everywhere else desk.guard.project)
    return _back("role", user)


def _set_state(request: Request, name: str, *, state: str) -> Response:
    desk = desk_of(request)
    user = _other(desk, name)
    desk.check_everywhere("An account is one for every project")
    if state not in ("closed", "opened"):
        raise UsageError("a user is closed or opened", where="state", hint="Go back and choose again")
    (desk.changes.close_user if state == "closed" else desk.changes.open_user)(user.name)
    return _back(state, user)


def _other(desk: Desk, name: str) -> User:
    """The user, who is not oneself: nobody locks themselves out, or up."""
    desk.check_person()
    wanted = user_name(name)
    found = next((user for user in desk.users() if user.name == wanted), None)
    if found is None:
        raise NotFoundError(f"there is no user '{wanted}' here", hint="steelyard user list")
    if found.name == desk.who:
        raise UsageError("nobody changes their own account here", hint="Ask another administrator")
    return found


def _back(done: str, user: User) -> Response:
    goal = link("/settings/users", done=done, name=user.name)
    return RedirectResponse(goal, status_code=HTTPStatus.SEE_OTHER)


def _line(user: User, desk: Desk, login: datetime | None) -> UserLine:
    return UserLine(
        name=user.name,
        role=user.roles.get(desk.guard.project, ""),
        everywhere=user.roles.get(EVERY_PROJECT, ""),
        login=login,
        created=user.created,
        how="password" if user.password_hash else f"at {user.issuer}" if user.issuer else "cannot log in",
        closed=user.disabled,
        is_self=user.name == desk.who,
    )
