"""Traces: the list, filtered by columns, time and words; its address holds all of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._intake import Intake
from steelyard.app.web._principal import may_edit
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._site import Site
from steelyard.app.web._texts import peek
from steelyard.app.web._views import ViewLink, view_links
from steelyard.core import UsageError
from steelyard.reports import one_line, say_seconds, say_usd
from steelyard.traces import TERMS, FeedbackMarks, Scan, ScanQuery, StoredSpan, TraceQuery, TraceRow

router = APIRouter(include_in_schema=False)
PAGE_ROWS = 50
_SEARCHED = 500
WINDOWS = {
    "1h": ("last hour", 1),
    "24h": ("last 24 hours", 24),
    "7d": ("last 7 days", 168),
    "30d": ("last 30 days", 720),
}
_LONGEST = 1000
_TEXTS = ("since", "until", "q", "attribute", "value", "cursor")


Period = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """Which traces are asked for."""

    terms: dict[str, str]
    """Promoted column to the value sought."""
    failed: bool = False
    """Only those with an error."""
    disliked: bool = False
    """Only those with feedback that says the answer was bad."""
    window: str = ""
    """One of `WINDOWS`; empty for any time."""
    since: str = ""
    """ISO 8601, from here on."""
    until: str = ""
    """ISO 8601, before this."""
    words: str = ""
    """Words that a span holds."""
    attribute: str = ""
    """An attribute that no column holds."""
    value: str = ""
    """The value sought of it."""
    cursor: str = ""
    """Where the page before ended."""

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        marked = self.failed or self.disliked
        sought = self.words or self.attribute
        return bool(self.terms or marked or self.window or self.since or self.until or sought)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One trace in the list."""

    trace: str
    """Its id."""
    url: str
    """Its page."""
    when: str
    """Its start by the producer's clock, or when it came; UTC."""
    name: str
    """The root span's name."""
    errors: int
    """Spans that failed."""
    negative: int
    """How much feedback says that it was bad."""
    positive: int
    """How much feedback says that it was good."""
    spans: int
    """Spans so far."""
    duration: str
    """How long it took; empty when unknown."""
    tokens: str
    """In and out; empty when unknown."""
    cost: str
    """US dollars; empty when unknown."""
    model: str
    """A model that was called."""
    user: str
    """Who used the system."""
    asked: str
    """How the input begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesPage:
    """What the list of traces shows."""

    rows: tuple[TraceLine, ...]
    """The traces."""
    wanted: TraceFilter
    """What was asked for."""
    next: str
    """Address of the next page; empty on the last."""
    looked: str
    """How far a look through attributes got; empty where there was none."""
    query: dict[str, str]
    """The filter as a query, without the cursor."""
    views: tuple[ViewLink, ...]
    """Filters that people saved."""
    may_edit: bool
    """Whether who looks may save and delete views."""
    endpoint: str
    """Where producers send spans: what an empty list shows."""


@router.get("/traces", name="traces")
def traces(request: Request) -> Response:
    """Traces, newest first."""
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    wanted = filter_of(request)
    looked = None
    if wanted.attribute:
        rows, looked = scan_traces(intake, wanted, period_of(wanted, now=site.clock.now()), limit=PAGE_ROWS)
        following = looked.cursor
    else:
        rows, following = find_traces(intake, wanted, now=site.clock.now(), limit=PAGE_ROWS)
    query = query_of(wanted)
    marks = marks_of(intake, rows)
    page = TracesPage(
        rows=tuple(_line(row, marks[row.trace_id]) for row in rows),
        wanted=wanted,
        next=link("/traces", **query, cursor=following) if following else "",
        looked="" if looked is None else say_scan(looked),
        query=query,
        views=view_links(site, query),
        may_edit=may_edit(request),
        endpoint=str(request.base_url).rstrip("/"),
    )
    answer = render(
        request,
        "traces.html",
        title="Traces",
        crumbs=(Crumb(text="Traces"),),
        page=page,
        terms=TERMS,
        windows=WINDOWS,
    )
    if "hx-request" in request.headers:
        answer.headers["hx-replace-url"] = link("/traces", **query, cursor=wanted.cursor)
    return answer


def filter_of(request: Request) -> TraceFilter:
    """The filter in a request's query."""
    query = request.query_params
    given = {name: query.get(name, "")[:_LONGEST] for name in _TEXTS}
    window = query.get("window", "")
    return TraceFilter(
        terms={name: query[name][:_LONGEST] for name in TERMS if query.get(name)},
        failed=bool(query.get("failed")),
        disliked=bool(query.get("disliked")),
        window=window if window in WINDOWS else "",
        since=given["since"],
        until=given["until"],
        words=given["q"].strip(),
        attribute=given["attribute"].strip(),
        value=given["value"],
        cursor=given["cursor"],
    )


def query_of(wanted: TraceFilter) -> dict[str, str]:
    """The query that `filter_of` reads back, without the cursor and without what is not set."""
    found = {
        **wanted.terms,
        "failed": "1" if wanted.failed else "",
        "disliked": "1" if wanted.disliked else "",
        "window": wanted.window,
        "since": wanted.since,
        "until": wanted.until,
        "q": wanted.words,
        "attribute": wanted.attribute,
        "value": wanted.value if wanted.attribute else "",
    }
    return {name: value for name, value in found.items() if value}


def find_traces(
    intake: Intake, wanted: TraceFilter, *, now: datetime, limit: int
) -> tuple[list[TraceRow], str]:
    """A page of traces and the cursor of the next; a search gives one page, newest first."""
    since, until = period_of(wanted, now=now)
    if wanted.words:
        found = intake.spans.search_spans(wanted.words, project=intake.project, limit=_SEARCHED)
        ids = dict.fromkeys(span.row.trace_id.hex() for span in found if _fits(span, wanted.terms))
        bad = set[str]()
        if wanted.disliked:
            marks = intake.spans.feedback.feedback_marks(intake.project, list(ids))
            bad = {trace_id for trace_id, mark in marks.items() if mark.negative}
        rows = [
            row
            for row in intake.spans.get_traces(list(ids), project=intake.project)
            if (row.errors or not wanted.failed)
            and (row.trace_id in bad or not wanted.disliked)
            and (since is None or row.received >= since)
            and (until is None or row.received < until)
        ]
        return rows[:limit], ""
    page = intake.spans.list_traces(
        TraceQuery(
            project=intake.project,
            since=since,
            until=until,
            terms=wanted.terms,
            failed=wanted.failed,
            disliked=wanted.disliked,
            limit=limit,
            cursor=wanted.cursor,
        )
    )
    return list(page.traces), page.next


def period_of(wanted: TraceFilter, *, now: datetime) -> Period:
    """From when to when, as far as that is said."""
    since, until = _moment(wanted.since, "since"), _moment(wanted.until, "until")
    if wanted.window:
        start = now - timedelta(hours=WINDOWS[wanted.window][1])
        since = start if since is None else max(since, start)
    return since, until


def scan_traces(
    intake: Intake, wanted: TraceFilter, period: Period, *, limit: int
) -> tuple[list[TraceRow], Scan]:
    """Traces with a span that has an attribute no column holds, as far as a bounded look got."""
    found = intake.spans.scan_spans(
        ScanQuery(
            attribute=wanted.attribute,
            value=wanted.value,
            project=intake.project,
            since=period[0],
            until=period[1],
            limit=limit,
            cursor=wanted.cursor,
        )
    )
    ids = dict.fromkeys(span.row.trace_id.hex() for span in found.found if _fits(span, wanted.terms))
    if wanted.words:
        named = intake.spans.search_spans(wanted.words, project=intake.project, limit=_SEARCHED)
        held = {span.row.trace_id.hex() for span in named}
        ids = {trace_id: None for trace_id in ids if trace_id in held}
    marks = intake.spans.feedback.feedback_marks(intake.project, list(ids)) if wanted.disliked else {}
    rows = [
        row
        for row in intake.spans.get_traces(list(ids), project=intake.project)
        if (row.errors or not wanted.failed)
        and (not wanted.disliked or (row.trace_id in marks and marks[row.trace_id].negative))
    ]
    return rows, found


def say_scan(scan: Scan) -> str:
    """`Looked through 17,200 spans, back to 2026-03-08 10:11:02 UTC`, or all of them."""
    if scan.complete or scan.reached is None:
        return f"Looked through all {scan.scanned:,} spans that were left"
    return f"Looked through {scan.scanned:,} spans, back to {scan.reached:%Y-%m-%d %H:%M:%S} UTC"


def marks_of(intake: Intake, rows: Sequence[TraceRow]) -> dict[str, FeedbackMarks]:
    """How much feedback each of these traces has."""
    found = intake.spans.feedback.feedback_marks(intake.project, [row.trace_id for row in rows])
    return {row.trace_id: found.get(row.trace_id, FeedbackMarks(0, 0, 0)) for row in rows}


def say_tokens(read: int | None, written: int | None) -> str:
    """`1,204 → 88`; empty when neither is known."""
    if read is None and written is None:
        return ""
    return f"{'?' if read is None else f'{read:,}'} → {'?' if written is None else f'{written:,}'}"


def say_moment(start_us: int | None, otherwise: datetime) -> str:
    """A time in UTC, to the second."""
    moment = otherwise if start_us is None else datetime.fromtimestamp(start_us / 1e6, UTC)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def say_duration(duration_us: int | None) -> str:
    """A duration in words; empty when unknown."""
    return "" if duration_us is None else say_seconds(duration_us / 1e6)


def say_cost(cost_usd: float | None) -> str:
    """US dollars; empty when unknown."""
    return "" if cost_usd is None else say_usd(cost_usd)


def _line(row: TraceRow, marks: FeedbackMarks) -> TraceLine:
    return TraceLine(
        trace=row.trace_id,
        url=f"/traces/{part(row.trace_id)}",
        when=say_moment(row.start_us, row.received),
        name=one_line(row.name) or "(no name)",
        errors=row.errors,
        negative=marks.negative,
        positive=marks.positive,
        spans=row.spans,
        duration=say_duration(row.duration_us),
        tokens=say_tokens(row.input_tokens, row.output_tokens),
        cost=say_cost(row.cost_usd),
        model=row.model,
        user=row.user,
        asked=peek(row.input_preview),
    )


def _fits(span: StoredSpan, terms: dict[str, str]) -> bool:
    return all(getattr(span.row, name) == value for name, value in terms.items())


def _moment(text: str, where: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("this is no time", where=where, hint="Write 2026-01-31T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
