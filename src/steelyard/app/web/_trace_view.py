"""A trace as its page shows it: lines of a waterfall, and one span with everything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.app.web._intake import Intake
from steelyard.app.web._render import link, part
from steelyard.app.web._texts import Payload, conversation, payload
from steelyard.app.web._trace_list import say_cost, say_duration, say_moment
from steelyard.core import Json, NotFoundError
from steelyard.reports import one_line
from steelyard.traces import (
    Node,
    SpanDetail,
    SpanEvent,
    SpanScore,
    StoredSpan,
    TraceRow,
    TraceTree,
    assemble,
    span_detail,
)

ROWS = 300
"""Lines of a waterfall that come at once."""
_WIDE = 1000
_DEEPEST = 24
_MESSAGES = 200
_EVENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTrace:
    """A trace that was read and put in order."""

    row: TraceRow
    """Its line in the list."""
    spans: Sequence[StoredSpan]
    """Its spans in server order, with what a waterfall needs: `read_span` gives the rest of one."""
    tree: TraceTree
    """The same in the order of the waterfall."""

    @property
    def url(self) -> str:
        """Its page."""
        return f"/traces/{part(self.row.trace_id)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanLine:
    """One line of a waterfall."""

    span: str
    """Its id."""
    url: str
    """The page with this span chosen."""
    part: str
    """The address of its details alone."""
    name: str
    """What the producer called it."""
    kind: str
    """What it did."""
    indent: int
    """Width of the space before it."""
    depth: int
    """How deep it is nested."""
    left: float
    """Where its bar begins, of 1,000."""
    width: float
    """How wide its bar is, of 1,000."""
    took: str
    """How long it took; empty when unknown."""
    failed: bool
    """Whether it ended in an error."""
    note: str
    """What is odd about its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanView:
    """One span with everything."""

    trace: str
    """The trace's id."""
    span: str
    """Its id."""
    name: str
    """What the producer called it."""
    kind: str
    """What it did."""
    error: str
    """What its error said."""
    facts: tuple[tuple[str, str], ...]
    """Columns that are known."""
    asked: tuple[Payload, ...]
    """What went in."""
    answered: tuple[Payload, ...]
    """What came out."""
    events: tuple[Payload, ...]
    """Events and log records."""
    scores: tuple[SpanScore, ...]
    """Scores that came with the traffic."""
    raw: tuple[Payload, ...]
    """Attributes, resource, links, tools, as they came."""
    has_payload: bool
    """Whether the payload is still kept."""
    case_url: str
    """Where a case is made of it."""
    may_rate: bool
    """Whether who looks may say something of it."""


def open_trace(intake: Intake, reference: str) -> OpenTrace:
    """A trace by its id or the beginning of it; kept while no span is added. Raises NotFoundError."""
    trace_id = intake.spans.find_trace(reference[:64], project=intake.project)
    rows = intake.spans.get_traces([trace_id], project=intake.project)
    if not rows:
        raise NotFoundError("the store has no such trace", where=trace_id, hint="Go back to the list")
    row = rows[0]

    def read() -> OpenTrace:
        spans = intake.spans.trace_outline(trace_id, project=intake.project)
        return OpenTrace(row=row, spans=spans, tree=assemble([span.row for span in spans]))

    found = intake.opened.get((row.no, row.spans), read)
    if found is None:
        raise NotFoundError("the trace is gone", where=trace_id)
    return found


def span_lines(opened: OpenTrace, first: int) -> list[SpanLine]:
    """Lines of the waterfall from a place on."""
    whole = max(1, opened.tree.totals.duration_us or 1)
    return [_line(opened, node, whole) for node in opened.tree.nodes[first : first + ROWS]]


def place_of(opened: OpenTrace, span_id: str) -> int | None:
    """Where a span is in the waterfall; None when the trace has none of this id."""
    for at, node in enumerate(opened.tree.nodes):
        if opened.spans[node.place].row.span_id.hex() == span_id:
            return at
    return None


def first_failed(opened: OpenTrace) -> str:
    """Id of the first span that failed and encloses no other that did; empty when none did."""
    found = ""
    depth = -1
    for node in opened.tree.nodes:
        row = opened.spans[node.place].row
        if found and node.depth <= depth:
            break
        if row.failed:
            found, depth = row.span_id.hex(), node.depth
    return found


def read_span(
    intake: Intake, opened: OpenTrace, at: int
) -> tuple[StoredSpan, SpanDetail | None, list[SpanScore], list[SpanEvent]]:
    """A span with its payload, and the trace's scores and log records."""
    outline = opened.spans[opened.tree.nodes[at].place]
    span = intake.spans.get_spans([outline.no]).get(outline.no, outline)
    data = intake.spans.span_payloads([span.no]).get(span.no)
    scores, logs = intake.spans.trace_extras(opened.row.trace_id, project=intake.project)
    return span, None if data is None else span_detail(data, logs=logs), scores, logs


def span_view(intake: Intake, opened: OpenTrace, at: int, *, may_rate: bool = False) -> SpanView:
    """Everything that is known of a span."""
    span, detail, scores, _ = read_span(intake, opened, at)
    row, node = span.row, opened.tree.nodes[at]
    span_id = row.span_id.hex()
    return SpanView(
        trace=opened.row.trace_id,
        span=span_id,
        name=one_line(row.name) or "(no name)",
        kind=row.kind,
        error=(row.error or "no text") if row.failed else "",
        facts=_facts(span, node),
        asked=_side("In", detail.input_messages, detail.input)
        if detail
        else _preview("In, its beginning", row.input_preview),
        answered=_side("Out", detail.output_messages, detail.output)
        if detail
        else _preview("Out, its beginning", row.output_preview),
        events=_events(detail) if detail else (),
        scores=tuple(score for score in scores if score.span_id in (row.span_id, b"")),
        raw=_raw(detail) if detail else (),
        has_payload=detail is not None,
        case_url=link(f"{opened.url}/case", span=span_id),
        may_rate=may_rate,
    )


def _line(opened: OpenTrace, node: Node, whole: int) -> SpanLine:
    row = opened.spans[node.place].row
    span_id = row.span_id.hex()
    left = min(max(node.offset_us / whole * _WIDE, 0.0), _WIDE - 3.0)
    width = min(max((node.duration_us or 0) / whole * _WIDE, 3.0), _WIDE - left)
    return SpanLine(
        span=span_id,
        url=link(opened.url, span=span_id),
        part=f"{opened.url}/spans/{span_id}",
        name=one_line(row.name, 200) or "(no name)",
        kind=row.kind,
        indent=12 * min(node.depth, _DEEPEST),
        depth=node.depth,
        left=round(left, 1),
        width=round(width, 1),
        took=say_duration(node.duration_us),
        failed=row.failed,
        note={"orphan": "its parent never came", "cycle": "its parents run in a circle"}.get(node.note, ""),
    )


def _facts(span: StoredSpan, node: Node) -> tuple[tuple[str, str], ...]:
    row = span.row

    def number(value: int | None) -> str:
        return "" if value is None else f"{value:,}"

    facts = (
        ("Started", say_moment(row.start_us, span.received) + " UTC"),
        ("Took", say_duration(row.duration_us)),
        ("First token", say_duration(row.first_token_us)),
        ("Model", row.model),
        ("Asked for", row.request_model if row.request_model != row.model else ""),
        ("Provider", row.provider),
        ("Tokens in", number(row.input_tokens)),
        ("of them cached", number(row.cached_tokens)),
        ("Tokens out", number(row.output_tokens)),
        ("of them reasoning", number(row.reasoning_tokens)),
        ("Cost", say_cost(row.cost_usd)),
        ("Priced by", row.priced),
        ("Agent", row.agent),
        ("Tool", row.tool),
        ("User", row.user),
        ("Session", row.session),
        ("Service", row.service),
        ("Slice", row.slice),
        ("Operation", row.operation),
        ("Clock moved by", say_duration(node.skew_us) if node.skew_us else ""),
        ("Received", f"{span.received:%Y-%m-%d %H:%M:%S} UTC"),
        ("Span", row.span_id.hex()),
    )
    return tuple((name, one_line(text, 400)) for name, text in facts if text)


def _side(title: str, messages: Sequence[Json], whole: Json) -> tuple[Payload, ...]:
    """What went in or out: as messages where it is some, else as it came."""
    if messages:
        shown = tuple(conversation(list(messages[-_MESSAGES:]), title, shown=20_000))
        left = len(messages) - _MESSAGES
        return (
            (payload(title, f"{left:,} earlier messages are not shown here"), *shown) if left > 0 else shown
        )
    return () if whole is None else (payload(title, whole),)


def _preview(title: str, text: str) -> tuple[Payload, ...]:
    return (payload(title, text),) if text else ()


def _events(detail: SpanDetail) -> tuple[Payload, ...]:
    return tuple(
        payload(f"Event: {one_line(str(event['name']), 200)}", event["attributes"], unfolded=False)
        for event in detail.events[:_EVENTS]
    )


def _raw(detail: SpanDetail) -> tuple[Payload, ...]:
    parts: tuple[tuple[str, Json], ...] = (
        ("Tools that were offered", detail.tools),
        ("Attributes as they came", dict(detail.attributes) or None),
        ("Resource", dict(detail.resource) or None),
        ("Links", list(detail.links) or None),
        ("Instrumentation", detail.scope or None),
    )
    return tuple(
        payload(title, json.loads(json.dumps(value)), unfolded=False)
        for title, value in parts
        if value is not None
    )
