"""The API about feedback: in from programs and pages, out as a list and as a series."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from steelyard.app.web._answer import json_answer
from steelyard.app.web._idempotency import HEADER
from steelyard.app.web._inflate import CODINGS, TooLargeError, inflate
from steelyard.app.web._intake import BusyError, Intake
from steelyard.app.web._openapi import BAD
from steelyard.app.web._principal import principal_of
from steelyard.app.web._site import Site
from steelyard.core import InputError, Json, UsageError, UserError, parse_json
from steelyard.traces import (
    PAGE_LIMITS,
    FeedbackCell,
    FeedbackKind,
    FeedbackLimits,
    FeedbackQuery,
    FeedbackReading,
    FeedbackSeriesQuery,
    FeedbackSource,
    FeedbackTaken,
    FeedbackTone,
    Refused,
    read_feedback,
)

router = APIRouter(prefix="/api/v1", tags=["feedback"], responses=BAD)
MOST_FROM_PAGES = 50
"""How much feedback one key that stands in pages may give to one trace."""

_TYPES = ("application/json", "text/plain")
_READ_S = 30
_SHOWN = 20
_POINTS = 20_000


class FeedbackItem(BaseModel):
    """One thing that was said of a trace, a span, a session or a user."""

    id: str = Field(
        "",
        max_length=200,
        description="Your name for it: sent again it counts once, with other content it replaces the first. "
        "Needed unless the request has an Idempotency-Key.",
    )
    kind: FeedbackKind
    trace: str = Field("", description="32 hexadecimal digits; the trace may come later.")
    span: str = Field("", description="16 hexadecimal digits, with `trace`.")
    session: str = Field("", max_length=200)
    user: str = Field("", max_length=200)
    name: str = Field("", max_length=200, description="What was asked, or what happened: `refunded`.")
    value: float | Literal["up", "down"] | None = Field(
        None, description="`up` or `down` of a thumb, a score's number."
    )
    label: str = Field("", max_length=200, description="A reason in a word: `wrong`, `unsafe`.")
    text: str = Field("", max_length=50_000, description="The edited answer, or what was written.")
    tone: FeedbackTone | None = Field(None, description="What it says of the answer, where it is not clear.")
    source: FeedbackSource | None = Field(None, description="Who judged.")
    time: str = Field("", description="When it was given, ISO 8601.")


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            media: {
                "schema": {
                    "oneOf": [
                        FeedbackItem.model_json_schema(),
                        {"type": "array", "items": FeedbackItem.model_json_schema()},
                    ]
                }
            }
            for media in _TYPES
        },
    },
    "parameters": [
        {
            "name": "key",
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": "A key with the scope `feedback` alone, for pages; others go into the header.",
        }
    ],
}


@router.post(
    "/feedback",
    name="api_add_feedback",
    summary="Feedback in: one item or a list",
    openapi_extra=_BODY,
    responses={413: BAD[400], 415: BAD[400], 429: BAD[403]},
)
async def api_add_feedback(request: Request) -> Response:
    """Answers 200 once what it does not reject is durable, 422 when it took nothing."""
    intake: Intake = request.app.state.intake
    principal = principal_of(request)
    from_page = principal is None or principal.is_public
    limits = PAGE_LIMITS if from_page else FeedbackLimits()
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "").strip().lower()
    if given not in _TYPES or coding not in CODINGS:
        said = UsageError(
            "send JSON", where="Content-Type", hint=f"As {' or '.join(_TYPES)}, plain, by gzip or by deflate"
        )
        return _refuse(said, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    reading = FeedbackReading(
        author="" if principal is None or principal.kind == "local" else principal.name,
        limits=limits,
        from_page=from_page,
        id_prefix=request.headers.get(HEADER, "")[:200],
        redaction=intake.ingest.texts(),
    )
    try:
        with intake.room() as room:
            body = bytearray()
            async with asyncio.timeout(_READ_S):
                async for piece in request.stream():
                    room.grow(len(piece))
                    body += piece
                    if len(body) > limits.body_bytes:
                        raise TooLargeError(
                            f"the body has more than {limits.body_bytes:,} bytes", hint="Send fewer items"
                        )
            whole = inflate(bytes(body), coding, most=limits.body_bytes)
            taken = await run_in_threadpool(take_feedback, intake, whole, reading)
    except (TimeoutError, ClientDisconnect):
        late = UsageError("the body did not come in time", hint="Send it again")
        return _refuse(late, HTTPStatus.REQUEST_TIMEOUT)
    except TooLargeError as error:
        return _refuse(error, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except BusyError as error:
        answer = _refuse(error, HTTPStatus.SERVICE_UNAVAILABLE)
        answer.headers["retry-after"] = "1"
        return answer
    return _accept(taken)


def take_feedback(intake: Intake, body: bytes, reading: FeedbackReading) -> FeedbackTaken:
    """Read and store the body of a request; raises InputError for what is no JSON, and StoreError."""
    try:
        document = parse_json(body)
    except ValueError as error:
        raise InputError(f"the body is not JSON: {str(error)[:200]}", hint="Send an item or a list") from None
    items, refused = read_feedback(document, reading)
    most = MOST_FROM_PAGES if reading.from_page else None
    stored = intake.spans.feedback.add_feedback(
        intake.project, items, refused=[each.reason for each in refused], most=most
    )
    return _together(stored, refused)


def _together(stored: FeedbackTaken, refused: list[Refused]) -> FeedbackTaken:
    """What was refused in reading and in storing, each at its place in the list that was sent."""
    gone = {each.index for each in refused}
    places = (place for place in range(10**9) if place not in gone)
    wanted = {each.index: each for each in stored.refused}
    later = []
    last = max(wanted, default=-1)
    for index, place in zip(range(last + 1), places, strict=False):
        if index in wanted:
            later.append(Refused(index=place, id=wanted[index].id, reason=wanted[index].reason))
    return FeedbackTaken(
        accepted=stored.accepted,
        revised=stored.revised,
        duplicates=stored.duplicates,
        refused=tuple(sorted((*refused, *later), key=lambda each: each.index)),
    )


def _accept(taken: FeedbackTaken) -> Response:
    if taken.refused and not (taken.accepted or taken.revised or taken.duplicates):
        shown = [f"item {each.index}: {each.reason}" for each in taken.refused[:_SHOWN]]
        first = taken.refused[0]
        said = InputError(
            first.reason,
            where=f"item {first.index}",
            hint="Nothing was taken",
            details=shown,
        )
        return _refuse(said, HTTPStatus.UNPROCESSABLE_ENTITY)
    return json_answer(taken.as_json())


def _refuse(error: UserError, status: HTTPStatus) -> Response:
    return json_answer({"error": error.as_json()}, status=status)


class FeedbackList(BaseModel):
    """Which feedback, newest first."""

    trace: str = Field("", max_length=64, description="On this trace and its spans.")
    span: str = Field("", max_length=64, description="On this span of the trace.")
    session: str = Field("", max_length=200, description="On this session and its traces.")
    user: str = Field("", max_length=200, description="On this user and their traces.")
    kind: FeedbackKind | None = None
    tone: FeedbackTone | None = None
    since: datetime | None = Field(None, description="Received at or after this, ISO 8601.")
    until: datetime | None = Field(None, description="Received before this.")
    cursor: str = Field("", max_length=64, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=1000)


@router.get("/feedback", name="api_feedback", summary="Feedback, newest first")
def api_feedback(request: Request, asked: Annotated[FeedbackList, Query()]) -> Response:
    """As `feedback list --json`; `next` is the cursor."""
    intake: Intake = request.app.state.intake
    page = intake.spans.feedback.list_feedback(
        FeedbackQuery(
            project=intake.project,
            trace_id=asked.trace.lower(),
            span_id=asked.span.lower(),
            session=asked.session,
            user=asked.user,
            kind=asked.kind,
            tone=asked.tone,
            since=_aware(asked.since),
            until=_aware(asked.until),
            limit=asked.limit,
            cursor=asked.cursor,
        )
    )
    return json_answer({"feedback": [item.as_json() for item in page.items], "next": page.next or None})


class FeedbackPoints(BaseModel):
    """Which series."""

    since: datetime | None = Field(None, description="From this on; by default a day before `until`.")
    until: datetime | None = Field(None, description="Up to and without this; now by default.")
    clock: Literal["received", "answered"] = Field(
        "received", description="Which time counts: when the feedback came, or the trace that it is about."
    )
    kind: FeedbackKind = "thumb"
    name: str | None = Field(None, max_length=200, description="What was asked, or what happened.")
    model: str | None = Field(None, max_length=200)
    slice: str | None = Field(None, max_length=200)
    by: list[Literal["model", "slice"]] = Field(["model"], description="What is told apart.")
    step_s: int = Field(3600, ge=60, le=86_400 * 31, multiple_of=60, description="Seconds of a point.")


@router.get("/feedback/series", name="api_feedback_series", summary="Shares and means over time, with n")
def api_feedback_series(request: Request, asked: Annotated[FeedbackPoints, Query()]) -> Response:
    """Points by time, model, slice and name: `n`, how many are negative, sums of numbers and of squares."""
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    try:
        until = _aware(asked.until) or site.clock.now()
        since = _aware(asked.since) or until - timedelta(days=1)
        points = (until - since).total_seconds() / asked.step_s
    except OverflowError:
        raise UsageError("these are no times", where="since", hint="Write 2026-01-31T12:00") from None
    if not 0 < points <= _POINTS:
        raise UsageError(f"a series has 1 to {_POINTS:,} points", where="step_s", hint="Choose a larger step")
    found = intake.spans.feedback.feedback_series(
        FeedbackSeriesQuery(
            project=intake.project,
            since=since,
            until=until,
            clock=asked.clock,
            kind=asked.kind,
            name=asked.name,
            model=asked.model,
            slice=asked.slice,
            by=tuple(asked.by),
            step_s=asked.step_s,
        )
    )
    return json_answer({"series": [_cell(cell) for cell in found]})


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cell(cell: FeedbackCell) -> dict[str, Json]:
    return {
        "start": cell.start.isoformat(),
        "model": cell.model,
        "slice": cell.slice,
        "name": cell.name,
        "n": cell.n,
        "negative": cell.negative,
        "traces": cell.traces,
        "valued": cell.valued,
        "total": cell.total,
        "squares": cell.squares,
    }
