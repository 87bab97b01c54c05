"""Logging in and out: with a password, or at the provider that the project names."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app.accounts import (
    LONGEST,
    begin_session,
    check_password,
    end_session,
    enter,
    form_token,
    new_token,
    user_name,
)
from steelyard.app.web._access import check_form
from steelyard.app.web._guard import Guard, client_address
from steelyard.app.web._principal import principal_of
from steelyard.app.web._refusals import ForbiddenError, TooManyError, local_path, login_url
from steelyard.app.web._render import render
from steelyard.core import NotFoundError, SteelyardError, UsageError
from steelyard.store.accounts import User

router = APIRouter(include_in_schema=False)
_FORM_LIFE = timedelta(hours=1)


@router.get("/login", name="login")
def login(request: Request, *, next: str = "/") -> Response:  # noqa: A002 - the address's word
    """The form; who is logged in already goes on."""
    guard: Guard = request.app.state.guard
    found = principal_of(request)
    if found is not None and found.kind != "key":
        return _see_other(local_path(next))
    return _form(request, guard, goal=next)


@router.post("/login", name="login_post")
async def login_post(request: Request) -> Response:
    """Check a name and a password, and open a session."""
    guard: Guard = request.app.state.guard
    form = await request.form()
    name, password, goal = (_field(form.get(key)) for key in ("name", "password", "next"))
    try:
        await check_form(request, request.cookies.get(guard.login_cookie, ""))
    except ForbiddenError:
        problem = "The form was out of date: try once more. Cookies must be allowed."
        return _form(request, guard, goal=goal, problem=problem, status=HTTPStatus.FORBIDDEN)
    try:
        guard.limit_login(request, name.strip().lower())
    except TooManyError as error:
        problem = f"Too many attempts: try again in {error.wait_s} seconds."
        answer = _form(request, guard, goal=goal, problem=problem, status=HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["retry-after"] = str(error.wait_s)
        return answer
    user = await run_in_threadpool(_check, guard, name, password)
    source = client_address(request)
    if user is None:
        who = await run_in_threadpool(_known_name, guard, name)
        await run_in_threadpool(lambda: guard.journal.note(who, "login", source=source, outcome="refused"))
        problem = "Name and password do not fit, or the account is closed."
        return _form(request, guard, goal=goal, problem=problem, status=HTTPStatus.UNAUTHORIZED)
    return await run_in_threadpool(_open, request, guard, user, goal=goal, how="password")


@router.post("/logout", name="logout")
def logout(request: Request) -> Response:
    """End the session."""
    guard: Guard = request.app.state.guard
    found = principal_of(request)
    answer = _see_other("/login")
    if found is not None and found.kind == "user":
        end_session(guard.accounts.people, found.cookie)
        guard.journal.note(found.name, "logout", source=client_address(request))
        answer.delete_cookie(guard.session_cookie, path="/", secure=guard.settings.is_https, httponly=True)
    return answer


@router.get("/login/provider", name="login_provider")
async def login_provider(request: Request, *, next: str = "/") -> Response:  # noqa: A002
    """Send the browser to the provider."""
    guard: Guard = request.app.state.guard
    if guard.oidc is None:
        raise NotFoundError("no login provider is set up", where="/login/provider", hint="Use a password")
    browser = request.cookies.get(guard.login_cookie) or new_token()
    url = await guard.oidc.start(
        redirect_uri=_return_url(request, guard), browser=browser, goal=local_path(next)
    )
    answer = _see_other(url)
    _set_cookie(answer, guard, "login", browser)
    return answer


@router.get("/login/return", name="login_return")
async def login_return(request: Request) -> Response:
    """Somebody comes back from the provider."""
    guard: Guard = request.app.state.guard
    if guard.oidc is None or guard.settings.oidc is None:
        raise NotFoundError("no login provider is set up", where="/login/return", hint="Use a password")
    role, source = guard.settings.oidc.default_role, client_address(request)
    try:
        identity = await guard.oidc.finish(
            dict(request.query_params),
            redirect_uri=_return_url(request, guard),
            browser=request.cookies.get(guard.login_cookie, ""),
        )
        user = await run_in_threadpool(
            lambda: enter(
                guard.accounts.people, identity, default_role=role, project=guard.project, clock=guard.clock
            )
        )
    except SteelyardError as error:
        reason = error.message
        await run_in_threadpool(
            lambda: guard.journal.note(
                "unknown",
                "login",
                source=source,
                outcome="refused",
                detail={"how": "provider", "why": reason},
            )
        )
        return _form(request, guard, goal="/", problem=f"{error}.", status=HTTPStatus.FORBIDDEN)
    return await run_in_threadpool(_open, request, guard, user, goal=identity.goal, how="provider")


def _check(guard: Guard, name: str, password: str) -> User | None:
    user = check_password(guard.accounts.people, name, password, passwords=guard.passwords)
    if user is not None and user.password_hash and guard.passwords.is_dated(user.password_hash):
        guard.accounts.people.set_password(user.name, guard.passwords.rehash(password))
    return user


def _open(request: Request, guard: Guard, user: User, *, goal: str, how: str) -> Response:
    """A session of its own: the token that the browser brought is never kept, and is worth nothing now."""
    old = request.cookies.get(guard.session_cookie, "")
    token = begin_session(guard.accounts.people, user, clock=guard.clock, old_token=old)
    guard.journal.note(user.name, "login", source=client_address(request), detail={"how": how})
    answer = _see_other(local_path(goal))
    _set_cookie(answer, guard, "session", token)
    secure = guard.settings.is_https
    answer.delete_cookie(guard.login_cookie, path="/", secure=secure, httponly=True)
    return answer


def _known_name(guard: Guard, name: str) -> str:
    """The name if it is a user's: people type their password into the wrong field."""
    try:
        return guard.accounts.people.get_user(user_name(name)).name
    except (UsageError, NotFoundError):
        return "unknown"


def _form(
    request: Request,
    guard: Guard,
    *,
    goal: str,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    browser = request.cookies.get(guard.login_cookie) or new_token()
    goal = local_path(goal)
    answer = render(
        request,
        "login.html",
        title="Log in",
        goal=goal,
        login_token=form_token(browser),
        problem=problem,
        provider=guard.oidc.label if guard.oidc is not None else "",
        provider_url=login_url(goal).replace("/login", "/login/provider", 1),
    )
    answer.status_code = status
    _set_cookie(answer, guard, "login", browser)
    return answer


def _set_cookie(answer: Response, guard: Guard, which: Literal["session", "login"], value: str) -> None:
    """Lax: a link from elsewhere arrives logged in, a form or a script from elsewhere does not."""
    is_session = which == "session"
    answer.set_cookie(
        guard.session_cookie if is_session else guard.login_cookie,
        value,
        max_age=int((LONGEST if is_session else _FORM_LIFE).total_seconds()),
        path="/",
        secure=guard.settings.is_https,
        httponly=True,
        samesite="lax",
    )


def _return_url(request: Request, guard: Guard) -> str:
    base = guard.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{base}/login/return"


def _see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=HTTPStatus.SEE_OTHER)


def _field(value: object) -> str:
    return value if isinstance(value, str) else ""
