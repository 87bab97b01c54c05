"""Home: what is known, what was measured last, and whether it can be shipped."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._render import render
from steelyard.app.web._run_rows import RunLine, run_lines
from steelyard.app.web._site import Site
from steelyard.gates import Release

router = APIRouter(include_in_schema=False)
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of evidence: live, or not yet."""

    name: str
    """What it is."""
    live: bool
    """Whether there is evidence."""
    text: str
    """The last evidence, or the command that brings the first."""
    command: str = ""
    """What fills it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What the home page shows."""

    layers: tuple[Layer, ...]
    """The four layers of evidence."""
    runs: tuple[RunLine, ...]
    """The newest runs, with their headline numbers."""
    releases: tuple[Release, ...]
    """The newest releases."""


@router.get("/", name="home")
def home(request: Request) -> Response:
    """The four layers, the latest runs, the latest releases."""
    site: Site = request.app.state.site
    figures = Figures(site)
    lines = run_lines(site, figures, limit=_SHOWN, patience=PATIENCE_S / _SHOWN)
    page = HomePage(
        layers=_layers(site, lines),
        runs=tuple(lines),
        releases=tuple(reversed(site.store.releases()))[:_SHOWN],
    )
    return render(request, "home.html", title="Home", page=page)


def _layers(site: Site, lines: list[RunLine]) -> tuple[Layer, ...]:
    last = f"last run {lines[0].started}" if lines else ""
    studies = site.store.studies()
    return (
        Layer(name="Automatic evaluation", live=bool(lines), text=last, command="steelyard import FILE"),
        Layer(
            name="Experts",
            live=bool(studies),
            text=f"{len(studies)} studies, last {studies[-1].name}" if studies else "",
            command="steelyard study import FILE --name NAME",
        ),
        Layer(name="Red team", live=False, text=""),
        Layer(name="Monitoring", live=False, text=""),
    )
