"""Who may do what: every route's role is declared here, and checked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import BaseRoute

from steelyard.app.web._site import Site
from steelyard.core import BugError, UserError


class Role(IntEnum):
    """What a person or a key may do; each role may do all that those before it may."""

    viewer = 1
    """Look."""
    rater = 2
    """Rate."""
    editor = 3
    """Change benchmarks, start runs, decide gates."""
    admin = 4
    """Settings, users, keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks."""

    name: str
    """A name for logs and records."""
    role: Role
    """What they may do."""


class ForbiddenError(UserError):
    """The request is understood, and not allowed."""

    kind = "forbidden"


LOCAL_USER = Principal(name="local", role=Role.admin)

ROLES: Mapping[str, Role | None] = {
    "healthz": None,
    "readyz": None,
    "metrics": None,
    "asset": None,
    "openapi": Role.viewer,
    "home": Role.viewer,
    "benchmarks": Role.viewer,
    "benchmark": Role.viewer,
    "benchmark_version": Role.viewer,
    "benchmark_check": Role.viewer,
    "benchmark_diff": Role.viewer,
    "case": Role.viewer,
    "attachment": Role.viewer,
    "runs": Role.viewer,
    "run": Role.viewer,
    "run_figures": Role.viewer,
    "run_samples": Role.viewer,
    "sample": Role.viewer,
    "compare": Role.viewer,
    "comparison": Role.viewer,
    "pair": Role.viewer,
    "palette": Role.viewer,
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
    "api_compare": Role.viewer,
    "api_gate": Role.viewer,
    "api_releases": Role.viewer,
}
"""Route name to the least role that may use it; None: anybody, without a login."""

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def check_declared(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start with a route that nobody declared a role for; raises BugError."""
    for route in routes:
        name = getattr(route, "name", None)
        if name not in ROLES:
            raise BugError(f"the route '{name}' has no declared role", where="app/web/_access.py")


def admit(request: Request) -> Principal:
    """Who asks, if they may; raises ForbiddenError. Runs before every route."""
    site: Site = request.app.state.site
    _check_address(request, site)
    needed = ROLES[request.scope["route"].name]
    principal = _principal(request, site)
    if needed is not None and (principal is None or principal.role < needed):
        raise ForbiddenError(f"this needs the role '{needed.name}'", where=request.url.path)
    return principal or Principal(name="anybody", role=Role.viewer)


def _principal(request: Request, site: Site) -> Principal | None:  # noqa: ARG001 - logins will read the request
    return LOCAL_USER if site.is_local else None


def _check_address(request: Request, site: Site) -> None:
    """A page elsewhere must not reach a local server through a browser, by name (DNS rebinding) or form."""
    if not site.is_local:
        return
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if host not in _LOCAL_NAMES:
        raise ForbiddenError(
            "this server answers to its local address alone",
            where="Host",
            hint="Open http://127.0.0.1 with its port",
        )
    if request.method in _READING:
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers["host"]:
        raise ForbiddenError("the request comes from another site's page", where="Origin")
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise ForbiddenError("the request comes from another site's page", where="Sec-Fetch-Site")
