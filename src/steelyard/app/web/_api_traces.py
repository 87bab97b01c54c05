"""The API about traces: list, one trace, series, the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._trace_json import node_rows, score_json, trace_json
from steelyard.app.web._answer import json_answer
from steelyard.app.web._intake import Intake
from steelyard.app.web._openapi import BAD
from steelyard.app.web._site import Site
from steelyard.app.web._trace_list import TraceFilter, find_traces, marks_of, period_of, scan_traces
from steelyard.app.web._trace_view import open_trace
from steelyard.core import Json, UsageError
from steelyard.traces import TERMS, Cell, FeedbackQuery, SeriesQuery, span_detail

router = APIRouter(prefix="/api/v1", tags=["traces"], responses=BAD)
_POINTS = 20_000
_FEEDBACK = 200


class TraceList(BaseModel):
    """Which traces, newest first."""

    user: str = Field("", max_length=1000, description="Who used the system.")
    session: str = Field("", max_length=1000, description="The conversation.")
    model: str = Field("", max_length=1000, description="A model that was called.")
    agent: str = Field("", max_length=1000, description="An agent that worked.")
    tool: str = Field("", max_length=1000, description="A tool that was called.")
    service: str = Field("", max_length=1000, description="`service.name` of the resource.")
    slice: str = Field("", max_length=1000, description="The part of the traffic.")
    failed: bool = Field(default=False, description="Only traces with an error.")
    disliked: bool = Field(default=False, description="Only traces with feedback that says it was bad.")
    since: str = Field("", max_length=64, description="Received at or after this, ISO 8601.")
    until: str = Field("", max_length=64, description="Received before this.")
    q: str = Field("", max_length=1000, description="Only traces with a span that holds all these words.")
    attribute: str = Field(
        "",
        max_length=1000,
        description="An attribute that no column holds: spans are looked through, a part each time.",
    )
    value: str = Field("", max_length=1000, description="Its value as text.")
    cursor: str = Field("", max_length=64, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=500)
    count: bool = Field(default=False, description="Also count every span and trace of the project.")


@router.get("/traces", name="api_traces", summary="Traces, newest first")
def api_traces(request: Request, asked: Annotated[TraceList, Query()]) -> Response:
    """As `traces list --json`; `next` is the cursor. With `attribute`, `scan` says how far it got."""
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    wanted = TraceFilter(
        terms={name: value for name in TERMS if (value := getattr(asked, name))},
        failed=asked.failed,
        disliked=asked.disliked,
        since=asked.since,
        until=asked.until,
        words=asked.q.strip(),
        attribute=asked.attribute.strip(),
        value=asked.value,
        cursor=asked.cursor,
    )
    document: dict[str, Json] = {}
    if wanted.attribute:
        period = period_of(wanted, now=site.clock.now())
        rows, looked = scan_traces(intake, wanted, period, limit=asked.limit)
        following = looked.cursor
        document["scan"] = {
            "scanned": looked.scanned,
            "reached": looked.reached.isoformat() if looked.reached else None,
            "complete": looked.complete,
        }
    else:
        rows, following = find_traces(intake, wanted, now=site.clock.now(), limit=asked.limit)
    marks = marks_of(intake, rows)
    listed = [trace_json(row) | {"feedback": marks[row.trace_id]._asdict()} for row in rows]
    document |= {"traces": listed, "next": following or None}
    if asked.count:
        document["total_spans"], document["total_traces"] = intake.spans.count_spans(intake.project)
    return json_answer(document)


class TraceQuery(BaseModel):
    """Which spans of a trace."""

    payloads: bool = Field(default=False, description="With messages, attributes and events of the spans.")
    after: int = Field(0, ge=0, le=10**7, description="The `next` of the page before.")
    limit: int = Field(500, ge=1, le=1000)


@router.get("/traces/{trace}", name="api_trace", summary="One trace, its spans a page at a time")
def api_trace(request: Request, trace: str, asked: Annotated[TraceQuery, Query()]) -> Response:
    """As `traces show --json`, in the order of the waterfall."""
    intake: Intake = request.app.state.intake
    opened = open_trace(intake, trace)
    following = asked.after + asked.limit
    nodes = opened.tree.nodes[asked.after : following]
    scores, logs = intake.spans.trace_extras(opened.row.trace_id, project=intake.project)
    said = intake.spans.feedback.list_feedback(
        FeedbackQuery(project=intake.project, trace_id=opened.row.trace_id, limit=_FEEDBACK)
    )
    numbers = [opened.spans[node.place].no for node in nodes]
    held = intake.spans.span_payloads(numbers) if asked.payloads else {}
    whole = intake.spans.get_spans(numbers)
    shown = [whole.get(no, opened.spans[node.place]) for no, node in zip(numbers, nodes, strict=True)]
    details = {no: span_detail(data, logs=logs).as_json() for no, data in held.items()}
    totals = opened.tree.totals
    return json_answer(
        {
            "trace": opened.row.trace_id,
            "totals": {name: getattr(totals, name) for name in totals.__slots__},
            "spans": node_rows(shown, [node._replace(place=n) for n, node in enumerate(nodes)], details),
            "scores": [score_json(score) for score in scores],
            "feedback": [item.as_json() for item in said.items],
            "next": following if following < len(opened.spans) else None,
        }
    )


class Series(BaseModel):
    """Which series."""

    since: datetime | None = Field(None, description="From this on; by default 24 hours before `until`.")
    until: datetime | None = Field(None, description="Up to and without this; now by default.")
    by: Literal["model", "slice", "kind"] = Field("model", description="What is told apart.")
    kind: str = Field("llm", max_length=32, description="Spans of this kind; empty for all.")
    step_s: int = Field(3600, ge=60, le=86_400 * 31, multiple_of=60, description="Seconds of a point.")


@router.get(
    "/spans/series", name="api_series", summary="Counts, errors, tokens, cost and quantiles over time"
)
def api_series(request: Request, asked: Annotated[Series, Query()]) -> Response:
    """Points by time and group, from sketches: quantiles are within 1 %."""
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    try:
        until = _aware(asked.until or site.clock.now())
        since = _aware(asked.since) if asked.since else until - timedelta(days=1)
        points = (until - since).total_seconds() / asked.step_s
    except OverflowError:
        raise UsageError("these are no times", where="since", hint="Write 2026-01-31T12:00") from None
    if not 0 < points <= _POINTS:
        raise UsageError(f"a series has 1 to {_POINTS:,} points", where="step_s", hint="Choose a larger step")
    query = SeriesQuery(
        project=intake.project, since=since, until=until, by=asked.by, kind=asked.kind, step_s=asked.step_s
    )
    return json_answer({"series": [_cell(cell) for cell in intake.spans.series(query)]})


@router.get("/spans/ledger", name="api_ledger", summary="What came in, and what became of it")
def api_ledger(request: Request, since: datetime | None = None) -> Response:
    """`received`, `accepted`, `duplicate` and `rejected`, each by reason (empty for none) to a count."""
    intake: Intake = request.app.state.intake
    found = intake.spans.span_ledger(intake.project, since=None if since is None else _aware(since))
    spans, traces = intake.spans.count_spans(intake.project)
    return json_answer({"ledger": found, "total_spans": spans, "total_traces": traces})


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cell(cell: Cell) -> dict[str, Json]:
    return {
        "start": cell.start.isoformat(),
        "group": cell.group,
        "count": cell.count,
        "errors": cell.errors,
        "input_tokens": cell.input_tokens,
        "output_tokens": cell.output_tokens,
        "cost_usd": cell.cost_usd,
        "seconds": dict(cell.seconds),
    }
