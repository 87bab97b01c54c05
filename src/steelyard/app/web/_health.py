"""For those who watch the server: is it up, can it work, what has it done."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._answer import json_answer
from steelyard.app.web._meters import CONTENT_TYPE
from steelyard.core import StoreError

router = APIRouter(include_in_schema=False)


@router.get("/healthz", name="healthz")
async def healthz() -> Response:
    """Up."""
    return json_answer({"status": "ok"})


@router.get("/readyz", name="readyz")
def readyz(request: Request) -> Response:
    """Up, and the store answers and takes what comes; 503 otherwise."""
    try:
        request.app.state.site.store.list_runs(limit=1)
        request.app.state.intake.check()
    except StoreError as error:
        return json_answer({"error": error.as_json()}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return json_answer({"status": "ok"})


@router.get("/metrics", name="metrics")
def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    return Response(request.app.state.site.meters.text(), media_type=CONTENT_TYPE)
