"""A trace becomes a case: a line to take away, or the next version of a benchmark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app._editing import add_case
from steelyard.app.web._intake import Intake
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, payload
from steelyard.app.web._trace_view import OpenTrace, open_trace, place_of, read_span
from steelyard.bench import check_name
from steelyard.core import Json, NotFoundError, Provenance, UsageError
from steelyard.reports import one_line
from steelyard.traces import SpanDetail

router = APIRouter(include_in_schema=False)
_LOOKED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """What the page that makes a case shows."""

    trace: str
    """The trace's id."""
    span: str
    """The span's id."""
    back: str
    """The trace's page."""
    line: Payload
    """The case line as it stands, without an expectation."""
    answered: Payload | None
    """What production answered: to look at, not to expect."""
    id: str
    """The id it would get."""
    download: str
    """Where the line is."""
    benchmarks: tuple[str, ...]
    """Names of benchmarks there are."""


@router.get("/traces/{trace}/case", name="trace_case")
def trace_case(request: Request, trace: str, span: str = "") -> Response:
    """The case that the input of a span would be."""
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    opened = open_trace(intake, trace)
    line, answer = _line(intake, opened, span)
    found = str(_metadata(line)["span"])
    page = CasePage(
        trace=opened.row.trace_id,
        span=found,
        back=link(opened.url, span=found),
        line=payload("The case, as a JSON line", line),
        answered=None if answer is None else payload("What was answered", answer),
        id=str(line["id"]),
        download=link(f"{opened.url}/case.jsonl", span=found),
        benchmarks=tuple(sorted({version.name for version in site.store.versions()})),
    )
    name = one_line(opened.row.name) or "(no name)"
    crumbs = (Crumb(text="Traces", url="/traces"), Crumb(text=name, url=page.back), Crumb(text="Make a case"))
    return render(request, "trace_case.html", title="Make a case", crumbs=crumbs, page=page)


@router.get("/traces/{trace}/case.jsonl", name="trace_case_line")
def trace_case_line(request: Request, trace: str, span: str = "") -> Response:
    """The case as one JSON line, to be finished elsewhere."""
    intake: Intake = request.app.state.intake
    line, _ = _line(intake, open_trace(intake, trace), span)
    return Response(
        (json.dumps(line, ensure_ascii=True) + "\n").encode("ascii"),
        media_type="application/x-ndjson",
        headers={"content-disposition": f'attachment; filename="{line["id"]}.jsonl"'},
    )


@router.post("/traces/{trace}/case", name="trace_case_post")
async def trace_case_post(request: Request, trace: str) -> Response:
    """Add the case to a benchmark, as its next version."""
    form = await request.form()
    given = {name: value if isinstance(value := form.get(name), str) else "" for name in _FIELDS}
    return await run_in_threadpool(_add, request, trace, given)


_FIELDS = ("span", "id", "benchmark", "expected")


def _add(request: Request, trace: str, given: Mapping[str, str]) -> Response:
    site: Site = request.app.state.site
    intake: Intake = request.app.state.intake
    name = given["benchmark"].strip()
    if not name:
        raise UsageError(
            "the case needs a benchmark", where="benchmark", hint="Name one; a new name makes a new one"
        )
    check_name(name)
    opened = open_trace(intake, trace)
    line, _ = _line(intake, opened, given["span"])
    line["id"] = given["id"].strip() or line["id"]
    if given["expected"].strip():
        line["expected"] = given["expected"]
    result = add_case(
        site.store,
        name,
        line,
        clock=site.clock,
        provenance=Provenance(
            source="trace", reference=opened.row.trace_id, detail={"span": given["span"][:32]}
        ),
        message=f"Add a case from trace {opened.row.trace_id[:8]}",
    )
    version = result.version
    goal = link(f"/benchmarks/{part(version.name)}/{version.version}/case", id=str(line["id"]))
    return RedirectResponse(goal, status_code=HTTPStatus.SEE_OTHER)


def _line(intake: Intake, opened: OpenTrace, span_id: str) -> tuple[dict[str, Json], Json]:
    """A case line out of a span, and what was answered; without a span, the first that has an input."""
    places: list[int] = list(range(min(_LOOKED, len(opened.tree.nodes))))
    if span_id:
        at = place_of(opened, span_id)
        if at is None:
            raise NotFoundError("the trace has no such span", where=span_id[:32])
        places = [at]
    for at in places:
        span, detail, _, _ = read_span(intake, opened, at)
        asked = None if detail is None else _asked(detail)
        if asked is None or detail is None:
            continue
        found = span.row.span_id.hex()
        return {
            "id": f"trace-{opened.row.trace_id[:12]}-{found[:6]}",
            "input": asked,
            "metadata": {"trace": opened.row.trace_id, "span": found},
        }, _answered(detail)
    raise UsageError(
        "the span has no input to make a case of",
        where=span_id or opened.row.trace_id,
        hint="Choose a span with an input, such as a model call",
    )


def _metadata(line: Mapping[str, Json]) -> Mapping[str, Json]:
    found = line["metadata"]
    return found if isinstance(found, Mapping) else {}


def _asked(detail: SpanDetail) -> Json:
    if detail.input_messages:
        messages = [dict(message) for message in detail.input_messages]
        only = messages[0]
        if len(messages) == 1 and only.get("role") == "user" and isinstance(only.get("content"), str):
            return only["content"]
        return messages
    if isinstance(detail.input, str) or detail.input is None:
        return detail.input or None
    return dict(detail.input) if isinstance(detail.input, Mapping) else json.dumps(detail.input)


def _answered(detail: SpanDetail) -> Json:
    if detail.output_messages:
        return [dict(message) for message in detail.output_messages]
    return detail.output
