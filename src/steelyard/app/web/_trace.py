"""One trace: waterfall and tree, and beside them the chosen span with everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._intake import Intake
from steelyard.app.web._principal import may_rate
from steelyard.app.web._render import Crumb, link, render
from steelyard.app.web._trace_feedback import FeedbackPart, feedback_part
from steelyard.app.web._trace_list import say_cost, say_duration, say_moment, say_tokens
from steelyard.app.web._trace_view import (
    ROWS,
    OpenTrace,
    SpanLine,
    SpanView,
    first_failed,
    open_trace,
    place_of,
    span_lines,
    span_view,
)
from steelyard.core import NotFoundError
from steelyard.reports import one_line

router = APIRouter(include_in_schema=False)
After = Annotated[int, Query(ge=0, le=10**7)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPart:
    """Some lines of a waterfall."""

    rows: tuple[SpanLine, ...]
    """The lines."""
    timed: bool
    """Whether anything is known of how long the trace took: without it there are no bars."""
    chosen: str
    """Id of the span whose details are shown."""
    before: str
    """The page that begins earlier; empty at the beginning."""
    more: str
    """The address of the lines after these; empty at the end."""
    more_page: str
    """The page that begins with the lines after these."""
    left: int
    """How many come after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    """What the page of a trace shows."""

    trace: str
    """Its id."""
    name: str
    """The root's name."""
    facts: tuple[tuple[str, str], ...]
    """What it took."""
    errors: int
    """Spans that failed."""
    first_error: str
    """The page with the first failed span chosen; empty when none did."""
    lines: RowsPart
    """The waterfall, its first lines."""
    span: SpanView
    """The chosen span."""
    feedback: FeedbackPart
    """What was said of it."""


@router.get("/traces/{trace}", name="trace")
def trace(request: Request, trace: str, span: str = "", after: After = 0) -> Response:
    """A trace with one span chosen: the one asked for, or the root."""
    intake: Intake = request.app.state.intake
    opened = open_trace(intake, trace)
    at = place_of(opened, span) if span else min(after, len(opened.tree.nodes) - 1)
    if at is None:
        raise NotFoundError("the trace has no such span", where=span[:32], hint="Choose one from its list")
    first = after if after or at < ROWS else at // ROWS * ROWS
    totals = opened.tree.totals
    failed = first_failed(opened) if totals.errors else ""
    facts = (
        ("Started", say_moment(totals.start_us, opened.row.received) + " UTC"),
        ("Took", say_duration(totals.duration_us)),
        ("Spans", f"{totals.spans:,}"),
        ("Tokens", say_tokens(totals.input_tokens, totals.output_tokens)),
        ("Cost", say_cost(totals.cost_usd)),
        ("Model", opened.row.model),
        ("User", opened.row.user),
        ("Session", opened.row.session),
        ("Service", opened.row.service),
    )
    shown = span_view(intake, opened, at, may_rate=may_rate(request))
    page = TracePage(
        trace=opened.row.trace_id,
        name=one_line(opened.row.name) or "(no name)",
        facts=tuple((name, one_line(text, 400)) for name, text in facts if text),
        errors=totals.errors,
        first_error=link(opened.url, span=failed) if failed else "",
        lines=_rows(opened, first, chosen=shown.span),
        span=shown,
        feedback=feedback_part(request, opened),
    )
    crumbs = (Crumb(text="Traces", url="/traces"), Crumb(text=page.name))
    return render(request, "trace.html", title=page.name, crumbs=crumbs, page=page)


@router.get("/traces/{trace}/rows", name="trace_rows")
def trace_rows(request: Request, trace: str, after: After = 0) -> Response:
    """More lines of the waterfall."""
    opened = open_trace(request.app.state.intake, trace)
    return render(request, "trace_rows.html", title="", lines=_rows(opened, after, chosen=""))


@router.get("/traces/{trace}/spans/{span}", name="trace_span")
def trace_span(request: Request, trace: str, span: str) -> Response:
    """The details of a span alone."""
    intake: Intake = request.app.state.intake
    opened = open_trace(intake, trace)
    at = place_of(opened, span)
    if at is None:
        raise NotFoundError("the trace has no such span", where=span[:32])
    return render(
        request, "trace_span.html", title="", span=span_view(intake, opened, at, may_rate=may_rate(request))
    )


def _rows(opened: OpenTrace, first: int, *, chosen: str) -> RowsPart:
    lines = span_lines(opened, first)
    left = len(opened.tree.nodes) - first - len(lines)
    following = first + len(lines)
    return RowsPart(
        rows=tuple(lines),
        timed=bool(opened.tree.totals.duration_us),
        chosen=chosen,
        before=link(opened.url, after=max(0, first - ROWS)) if first else "",
        more=link(f"{opened.url}/rows", after=following) if left > 0 else "",
        more_page=link(opened.url, after=following) if left > 0 else "",
        left=max(0, left),
    )
