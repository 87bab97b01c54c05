"""Who may do what: every route's role is declared here, and checked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import BaseRoute

from steelyard.app.accounts import Role, Scope, form_token, same
from steelyard.app.web._guard import READING, Guard
from steelyard.app.web._principal import LOCAL_USER, Principal
from steelyard.app.web._refusals import ForbiddenError, LoginNeededError
from steelyard.core import BugError

__all__ = ["INGEST", "LOCAL_USER", "ROLES", "ForbiddenError", "Principal", "Role", "admit", "check_declared"]

ROLES: Mapping[str, Role | None] = {
    "healthz": None,
    "readyz": None,
    "asset": None,
    "login": None,
    "login_post": None,
    "login_provider": None,
    "login_return": None,
    "logout": None,
    "metrics": Role.viewer,
    "openapi": Role.viewer,
    "home": Role.viewer,
    "home_figures": Role.viewer,
    "api_home": Role.viewer,
    "benchmarks": Role.viewer,
    "benchmark": Role.viewer,
    "benchmark_version": Role.viewer,
    "benchmark_check": Role.viewer,
    "benchmark_diff": Role.viewer,
    "case": Role.viewer,
    "coverage": Role.viewer,
    "api_coverage": Role.viewer,
    "api_check": Role.viewer,
    "download": Role.viewer,
    "upload": Role.editor,
    "upload_post": Role.editor,
    "upload_look": Role.editor,
    "upload_add": Role.editor,
    "case_edit": Role.editor,
    "case_edit_post": Role.editor,
    "case_new": Role.editor,
    "case_new_post": Role.editor,
    "case_remove": Role.editor,
    "attachment": Role.viewer,
    "runs": Role.viewer,
    "run": Role.viewer,
    "run_figures": Role.viewer,
    "run_samples": Role.viewer,
    "sample": Role.viewer,
    "playground": Role.editor,
    "playground_try": Role.editor,
    "playground_case": Role.editor,
    "compare": Role.viewer,
    "comparison": Role.viewer,
    "pair": Role.viewer,
    "prompts": Role.viewer,
    "prompt": Role.viewer,
    "prompt_diff": Role.viewer,
    "settings": Role.admin,
    "users": Role.admin,
    "user_role": Role.admin,
    "user_state": Role.admin,
    "keys": Role.admin,
    "key_add": Role.admin,
    "key_revoke": Role.admin,
    "audit": Role.admin,
    "api_settings": Role.admin,
    "api_users": Role.admin,
    "api_keys": Role.admin,
    "api_audit": Role.admin,
    "api_audit_check": Role.admin,
    "palette": Role.viewer,
    "traces": Role.viewer,
    "trace": Role.viewer,
    "trace_rows": Role.viewer,
    "trace_span": Role.viewer,
    "trace_case": Role.viewer,
    "trace_case_line": Role.viewer,
    "trace_case_post": Role.editor,
    "view_save": Role.editor,
    "view_delete": Role.editor,
    "api_views": Role.viewer,
    "api_add_view": Role.editor,
    "api_delete_view": Role.editor,
    "trace_feedback": Role.viewer,
    "trace_feedback_post": Role.rater,
    "feedback_module": None,
    "api_feedback": Role.viewer,
    "api_feedback_series": Role.viewer,
    "api_add_feedback": Role.rater,
    "ledger": Role.viewer,
    "otlp_traces": Role.editor,
    "otlp_logs": Role.editor,
    "api_benchmarks": Role.viewer,
    "api_versions": Role.viewer,
    "api_version": Role.viewer,
    "api_cases": Role.viewer,
    "api_diff": Role.viewer,
    "api_add_version": Role.editor,
    "api_edit_case": Role.editor,
    "api_runs": Role.viewer,
    "api_run": Role.viewer,
    "api_samples": Role.viewer,
    "api_sample": Role.viewer,
    "api_playground": Role.editor,
    "api_prompts": Role.viewer,
    "api_prompt": Role.viewer,
    "api_compare": Role.viewer,
    "api_gate": Role.viewer,
    "api_releases": Role.viewer,
    "api_traces": Role.viewer,
    "api_trace": Role.viewer,
    "api_series": Role.viewer,
    "api_ledger": Role.viewer,
}
"""Route name to the least role that may use it; None: anybody, without a login."""

FEEDBACK = "api_add_feedback"
"""The route that takes feedback in: a key for it alone will do, and pages of other origins may send."""

INGEST: frozenset[str] = frozenset({"otlp_traces", "otlp_logs", FEEDBACK})
"""Routes that take traces and feedback in: a key needs the scope `ingest` there, and `api` elsewhere."""

OWN_FORMS = frozenset({"login_post"})
"""Routes whose form belongs to another cookie than the session's, and who check it themselves."""

FORM_FIELD = "csrf_token"
FORM_HEADER = "x-csrf-token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def check_declared(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start with a route that nobody declared a role for; raises BugError."""
    for route in routes:
        name = getattr(route, "name", None)
        if name not in ROLES:
            raise BugError(f"the route '{name}' has no declared role", where="app/web/_access.py")


async def admit(request: Request) -> Principal:
    """Who asks, if they may. Runs before every route.

    Raises ForbiddenError for what they may not do and for requests that another site's page makes in their
    name, LoginNeededError for strangers where a role is needed, TooManyError for who asks too often.
    """
    guard: Guard = request.app.state.guard
    name = request.scope["route"].name
    is_feedback = name == FEEDBACK
    origins = guard.settings.feedback_origins if is_feedback else ()
    is_foreign = guard.check_address(request, origins=origins)
    needed = ROLES[name]
    scope: Scope = "ingest" if name in INGEST else "api"
    try:
        if is_feedback:
            principal = await run_in_threadpool(guard.identify_page, request, is_foreign=is_foreign)
        else:
            principal = await run_in_threadpool(guard.identify, request)
    except LoginNeededError:
        guard.limit(request, None, scope=scope)
        if needed is not None:
            raise
        principal = None
    request.state.principal = principal
    guard.limit(request, principal, scope=scope)
    if needed is not None:
        enough: tuple[Scope, ...] = (scope, "feedback") if is_feedback else (scope,)
        _check_role(principal, needed, scopes=enough, where=request.url.path)
    if _by_cookie(principal) and request.method not in READING and name not in OWN_FORMS:
        await check_form(request, principal.cookie if principal is not None else "")
    return principal or Principal(name="anybody", role=None, scopes=())


async def check_form(request: Request, cookie: str) -> None:
    """Only our own pages know what belongs to a cookie; raises ForbiddenError for what does not send it."""
    given: object = request.headers.get(FORM_HEADER)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given is None and kind in _FORMS:
        # Starlette reads forms with python-multipart, which it does not bring along.
        given = (await request.form()).get(FORM_FIELD)
    if not isinstance(given, str) or not cookie or not same(given, form_token(cookie)):
        raise ForbiddenError(
            "the form is not from this server's page, or is out of date",
            where=request.url.path,
            hint=f"Reload the page; programs use a key, or send {FORM_HEADER}",
        )


def _by_cookie(principal: Principal | None) -> bool:
    return principal is not None and principal.kind == "user"


def _check_role(principal: Principal | None, needed: Role, *, scopes: tuple[Scope, ...], where: str) -> None:
    if principal is None:
        raise LoginNeededError(
            "this needs a login or a key", where=where, hint="Log in, or send a Bearer key"
        )
    if principal.role is None or principal.role < needed:
        raise ForbiddenError(
            f"this needs the role '{needed.name}'",
            where=where,
            hint="An administrator of this project can give it",
        )
    if not any(scope in principal.scopes for scope in scopes):
        raise ForbiddenError(f"this key lacks the scope '{scopes[0]}'", where=where, hint="steelyard key add")
