"""The ledger of what came in: received, accepted, known already, rejected and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._intake import Intake
from steelyard.app.web._render import Crumb, render
from steelyard.app.web._site import Site
from steelyard.app.web._trace_list import WINDOWS

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """What the ledger shows."""

    window: str
    """One of `WINDOWS`; empty for any time."""
    counts: tuple[tuple[str, int], ...]
    """Outcome to how many."""
    rejected: tuple[tuple[str, int], ...]
    """Reason to how many, most first."""
    spans: int
    """Spans that are stored now."""
    traces: int
    """Traces that are stored now."""


@router.get("/traces/ledger", name="ledger")
def ledger(request: Request, window: str = "") -> Response:
    """What came in, and what became of it."""
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    chosen = window if window in WINDOWS else ""
    since = site.clock.now() - timedelta(hours=WINDOWS[chosen][1]) if chosen else None
    found = intake.spans.span_ledger(intake.project, since=since)
    spans, traces = intake.spans.count_spans(intake.project)
    sums = {outcome: sum(reasons.values()) for outcome, reasons in found.items()}
    page = LedgerPage(
        window=chosen,
        counts=(
            ("Received", sums["received"]),
            ("Accepted", sums["accepted"]),
            ("Known already", sums["duplicate"]),
            ("Rejected", sums["rejected"]),
        ),
        rejected=tuple(sorted(found["rejected"].items(), key=lambda item: -item[1])),
        spans=spans,
        traces=traces,
    )
    crumbs = (Crumb(text="Traces", url="/traces"), Crumb(text="Ledger"))
    return render(request, "ledger.html", title="Ledger", crumbs=crumbs, page=page, windows=WINDOWS)
