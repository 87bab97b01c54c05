"""Settings: the project as it was resolved, read only, each value with where it is set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._settings import Server, SettingGroup, changed_since, describe_settings
from steelyard.app.web._desk import desk_of, tabs
from steelyard.app.web._guard import Guard
from steelyard.app.web._render import Crumb, render
from steelyard.app.web._site import Site
from steelyard.reports import counted, one_line

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """What the settings show."""

    headline: str
    """What the project comes to, in a line."""
    groups: tuple[SettingGroup, ...]
    """The settings."""
    file: str
    """The project file; empty without one."""
    changed: str
    """How the file differs from what the server uses; empty when it does not."""
    logins: bool
    """Whether people log in."""
    tabs: Sequence[tuple[str, str]]
    """The places of the settings."""


@router.get("/settings", name="settings")
def settings(request: Request) -> Response:
    """The project as it was resolved."""
    site: Site = request.app.state.site
    desk = desk_of(request)
    project = site.project
    counts = (
        counted(len(project.targets), "target"),
        counted(len(project.judges), "judge"),
        counted(len(project.suites), "suite"),
    )
    page = SettingsPage(
        headline=f"{one_line(project.name)} has {', '.join(counts[:-1])} and {counts[-1]}.",
        groups=tuple(settings_of(request)),
        file=str(project.file or ""),
        changed=changed_since(project),
        logins=desk.logins,
        tabs=tabs(desk),
    )
    return render(request, "settings.html", title="Settings", crumbs=(Crumb(text="Settings"),), page=page)


def settings_of(request: Request) -> list[SettingGroup]:
    """Every group of settings of the server that is asked."""
    site: Site = request.app.state.site
    guard: Guard = request.app.state.guard
    server = Server(settings=guard.settings, is_local=site.is_local, store=site.store.where)
    return describe_settings(site.project, server, environ=os.environ)
