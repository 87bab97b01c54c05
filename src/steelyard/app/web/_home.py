"""Home: which evidence there is, what was decided last, and where the numbers go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._layers import Layer, layers_of
from steelyard.app.web._render import render
from steelyard.app.web._run_rows import RunLine, run_lines
from steelyard.app.web._site import Site
from steelyard.app.web._trends import Evidence, VerdictLine, evidence_of

if TYPE_CHECKING:
    from steelyard.gates import Release

router = APIRouter(include_in_schema=False)
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What the home page shows."""

    lead: str
    """The first line: the newest decision, else the newest run."""
    layers: tuple[Layer, ...]
    """The four layers of evidence."""
    evidence: Evidence | None
    """Verdicts and trends; None while they are worked out."""
    runs: tuple[RunLine, ...]
    """The newest runs, with their headline numbers."""
    releases: tuple[Release, ...]
    """The newest releases."""


@router.get("/", name="home")
def home(request: Request) -> Response:
    """The four layers, the latest verdicts, trends, the latest runs."""
    site: Site = request.app.state.site
    lines = run_lines(site, Figures(site), limit=_SHOWN, patience=PATIENCE_S / _SHOWN)
    evidence = evidence_of(site, wait=False)
    page = HomePage(
        lead=_lead(lines, evidence) if evidence else "The newest figures are being worked out.",
        layers=layers_of(site, request.app.state.intake, wait=False),
        evidence=evidence,
        runs=tuple(lines),
        releases=tuple(reversed(site.store.releases()))[:_SHOWN],
    )
    return render(request, "home.html", title="Home", page=page)


@router.get("/home/figures", name="home_figures")
def home_figures(request: Request) -> Response:
    """Verdicts, trends, the first line and the layers' figures alone, once they are worked out."""
    site: Site = request.app.state.site
    found = evidence_of(site)
    layers = layers_of(site, request.app.state.intake)
    lead = _lead(run_lines(site, Figures(site), limit=1, patience=PATIENCE_S), found)
    return render(request, "home_figures.html", title="", lead=lead, evidence=found, layers=layers)


def _lead(runs: Sequence[RunLine], evidence: Evidence | None) -> str:
    """The newest decision, else the newest comparison, else the newest run."""
    if evidence is not None and evidence.verdicts:
        return _said(evidence.verdicts[0])
    if not runs:
        return "Nothing has been measured yet."
    return runs[0].headline or f"The latest run is {runs[0].label}."


def _said(line: VerdictLine) -> str:
    word = "Not sure yet" if line.word == "NOT SURE YET" else line.word
    return f"{word}{line.aside}: {line.change.text}" if line.when else line.change.text
