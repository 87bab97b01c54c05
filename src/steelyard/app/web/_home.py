"""Home: which evidence there is, what was decided last, and where the numbers go."""

from __future__ import annotations

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

    layers: tuple[Layer, ...]
    """The four layers of evidence."""
    evidence: Evidence | None
    """Verdicts and trends; None while they are worked out."""
    runs: tuple[RunLine, ...]
    """The newest runs, with their headline numbers."""
    releases: tuple[Release, ...]
    """The newest releases."""

    @property
    def lead(self) -> str:
        """The first line: the newest decision, else the newest run."""
        verdicts = self.evidence.verdicts if self.evidence else ()
        if verdicts:
            return _lead(verdicts[0])
        if not self.runs:
            return "Nothing has been measured yet."
        return self.runs[0].headline or f"The latest run is {self.runs[0].label}."


@router.get("/", name="home")
def home(request: Request) -> Response:
    """The four layers, the latest verdicts, trends, the latest runs."""
    site: Site = request.app.state.site
    lines = run_lines(site, Figures(site), limit=_SHOWN, patience=PATIENCE_S / _SHOWN)
    page = HomePage(
        layers=layers_of(site, request.app.state.intake, wait=False),
        evidence=evidence_of(site, wait=False),
        runs=tuple(lines),
        releases=tuple(reversed(site.store.releases()))[:_SHOWN],
    )
    return render(request, "home.html", title="Home", page=page)


@router.get("/home/figures", name="home_figures")
def home_figures(request: Request) -> Response:
    """Verdicts, trends and the layers' figures alone, once they are worked out."""
    site: Site = request.app.state.site
    found = evidence_of(site)
    layers = layers_of(site, request.app.state.intake)
    return render(request, "home_figures.html", title="", evidence=found, layers=layers)


def _lead(line: VerdictLine) -> str:
    word = "Not sure yet" if line.word == "NOT SURE YET" else line.word
    return f"{word}: {line.change.text}" if line.when else line.change.text
