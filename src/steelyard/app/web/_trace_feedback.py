"""What was said of a trace, on its page; and a place to say more."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app.web._intake import Intake
from steelyard.app.web._principal import may_rate, principal_of
from steelyard.app.web._render import link, render
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, payload
from steelyard.app.web._trace_view import OpenTrace, open_trace, place_of, read_span
from steelyard.core import InputError, Json, NotFoundError
from steelyard.reports import one_line
from steelyard.traces import (
    FeedbackQuery,
    FeedbackReading,
    SpanDetail,
    StoredFeedback,
    read_feedback,
)

router = APIRouter(include_in_schema=False)
_SHOWN = 200
_EDITS = 20
_NOTE = 2_000
_LATE_S = 60
_SOURCES = {"user": "a user", "expert": "an expert", "system": "a program"}
_WORDS = {"negative": ("tone-fail", "▼"), "positive": ("tone-pass", "▲"), "neutral": ("", "")}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackLine:
    """One thing that was said."""

    tone: str
    """The class of its colour; empty for none."""
    mark: str
    """`▲`, `▼` or nothing."""
    what: str
    """What was said, in a few words: `down`, `stars 4`, `refunded`."""
    label: str
    """The reason in a word."""
    text: str
    """What was written."""
    who: str
    """Who judged, and who sent it."""
    when: str
    """When it was given and, where that is later, when it came."""
    about: str
    """The span or the session it is about; empty for the trace."""
    url: str
    """The page with that span chosen; empty without one."""
    edit: tuple[Payload, Payload] | None
    """The answer and its edited form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPart:
    """What was said of a trace."""

    trace: str
    """Its id."""
    lines: tuple[FeedbackLine, ...]
    """Newest first."""
    more: bool
    """Whether there is more than is shown."""
    may_rate: bool
    """Whether who looks may say something."""
    said: str
    """What was just kept; empty before."""


@router.get("/traces/{trace}/feedback", name="trace_feedback")
def trace_feedback(request: Request, trace: str) -> Response:
    """The part of a trace's page that holds its feedback."""
    opened = open_trace(request.app.state.intake, trace)
    return render(request, "trace_feedback.html", title="", feedback=feedback_part(request, opened))


@router.post("/traces/{trace}/feedback", name="trace_feedback_post")
async def trace_feedback_post(request: Request, trace: str) -> Response:
    """A thumb, a note, or both, of somebody who looks at the trace."""
    form = await request.form()
    given = {name: value if isinstance(value := form.get(name), str) else "" for name in _FIELDS}
    return await run_in_threadpool(_add, request, trace, given)


_FIELDS = ("span", "value", "text")


def _add(request: Request, trace: str, given: Mapping[str, str]) -> Response:
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    opened = open_trace(intake, trace)
    span = given["span"].lower()
    if span and place_of(opened, span) is None:
        raise NotFoundError("the trace has no such span", where=span[:32], hint="Choose one from its list")
    principal = principal_of(request)
    author = "" if principal is None or principal.kind == "local" else principal.name
    item = _item(given, trace=opened.row.trace_id, span=span, author=author)
    item["time"] = site.clock.now().isoformat()
    items, refused = read_feedback(item, FeedbackReading(author=author, redaction=intake.ingest.texts()))
    if refused:
        raise InputError(refused[0].reason, where="feedback", hint="Choose a thumb, or write a note")
    intake.spans.feedback.add_feedback(intake.project, items)
    if "hx-request" not in request.headers:
        goal = link(opened.url, span=span)
        return RedirectResponse(goal, status_code=HTTPStatus.SEE_OTHER)
    said = {"up": "Kept: good.", "down": "Kept: bad."}.get(given["value"], "Kept.")
    part = feedback_part(request, opened, said=said)
    return render(request, "trace_feedback.html", title="", feedback=part)


def _item(given: Mapping[str, str], *, trace: str, span: str, author: str) -> dict[str, Json]:
    """A thumb replaces the thumb that this person gave before; notes stand beside each other."""
    note = given["text"].strip()
    if len(note) > _NOTE:
        raise InputError(f"a note has at most {_NOTE:,} characters", where="feedback", hint="Make it shorter")
    item: dict[str, Json] = {"trace": trace, "span": span or None, "source": "expert", "text": note or None}
    if given["value"]:
        mine = "\n".join((author, trace, span)).encode("utf-8", "backslashreplace")
        item |= {
            "id": f"page-{hashlib.sha256(mine).hexdigest()[:32]}",
            "kind": "thumb",
            "value": given["value"],
        }
    else:
        item |= {"id": f"page-{secrets.token_hex(16)}", "kind": "text"}
    return item


def feedback_part(request: Request, opened: OpenTrace, *, said: str = "") -> FeedbackPart:
    """What was said of a trace, its spans and its session, newest first."""
    intake: Intake = request.app.state.intake
    found = _found(intake, opened)
    shown = found[:_SHOWN]
    edited = [item for item in shown if item.feedback.kind == "edit"][:_EDITS]
    answers = {item.no: _answer(intake, opened, item.feedback.span_id) for item in edited}
    return FeedbackPart(
        trace=opened.row.trace_id,
        lines=tuple(_line(opened, item, answers.get(item.no)) for item in shown),
        more=len(found) > _SHOWN,
        may_rate=may_rate(request),
        said=said,
    )


def _found(intake: Intake, opened: OpenTrace) -> list[StoredFeedback]:
    """On the trace and its spans, and on its session as a whole; newest first."""
    feedback = intake.spans.feedback
    asked = FeedbackQuery(project=intake.project, trace_id=opened.row.trace_id, limit=_SHOWN + 1)
    found = list(feedback.list_feedback(asked).items)
    if opened.row.session:
        asked = FeedbackQuery(project=intake.project, session=opened.row.session, limit=_SHOWN)
        found += [item for item in feedback.list_feedback(asked).items if not item.feedback.trace_id]
    return sorted(found, key=lambda item: -item.no)


def _line(opened: OpenTrace, item: StoredFeedback, answer: str | None) -> FeedbackLine:
    said = item.feedback
    tone, mark = _WORDS[said.tone]
    about, url = "", ""
    if said.span_id:
        at = place_of(opened, said.span_id)
        row = None if at is None else opened.spans[opened.tree.nodes[at].place].row
        about = (
            f"on {one_line(row.name, 80) or said.span_id}"
            if row
            else f"on span {said.span_id}, which never came"
        )
        url = link(opened.url, span=said.span_id) if row else ""
    elif not said.trace_id:
        about = f"on the session {one_line(said.session, 80)}"
    who = _SOURCES[said.source] + (f" ({one_line(said.user, 80)})" if said.user else "")
    edit = None
    if said.kind == "edit":
        edit = (
            payload("As answered", answer if answer is not None else "(no longer kept)", name="was"),
            payload("As edited", said.text, name="now"),
        )
    return FeedbackLine(
        tone=tone,
        mark=mark,
        what=_what(item),
        label=one_line(said.label, 200),
        text="" if said.kind == "edit" else said.text,
        who=f"{who}, sent by {one_line(said.author, 80)}" if said.author else who,
        when=_when(item),
        about=about,
        url=url,
        edit=edit,
    )


def _what(item: StoredFeedback) -> str:
    said = item.feedback
    name = one_line(said.name, 200)
    if said.kind == "thumb":
        words = "good" if said.value else "bad"
    elif said.kind == "event":
        return f"{name} {said.value:g}" if said.value is not None else name
    else:
        words = f"{said.value:g}" if said.value is not None else {"edit": "edited", "text": "note"}[said.kind]
    return f"{name}: {words}" if name else words


def _when(item: StoredFeedback) -> str:
    given = item.feedback.given or item.received
    words = _moment(given)
    if item.received.timestamp() - given.timestamp() > _LATE_S:
        words += f", came {_moment(item.received)}"
    if item.revised is not None:
        words += f", changed {_moment(item.revised)}"
    return words


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _answer(intake: Intake, opened: OpenTrace, span_id: str) -> str | None:
    """What was answered: by the span, or by the first span from the root on that has an output."""
    at = place_of(opened, span_id) if span_id else 0
    if at is None:
        return None
    span, detail, _, _ = read_span(intake, opened, at)
    if detail is None:
        return span.row.output_preview or None
    return _said(detail)


def _said(detail: SpanDetail) -> str | None:
    texts = [
        message["content"] for message in detail.output_messages if isinstance(message.get("content"), str)
    ]
    if texts:
        return "\n".join(str(text) for text in texts)
    if isinstance(detail.output, str) or detail.output is None:
        return detail.output
    return payload("", detail.output).text
