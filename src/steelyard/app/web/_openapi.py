"""The description of the API that programs read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._answer import json_answer


class ErrorBody(BaseModel):
    """What went wrong, where, and what to do."""

    kind: str
    message: str
    where: str
    hint: str
    details: list[str]


class ErrorAnswer(BaseModel):
    """Every error has this form."""

    error: ErrorBody


BAD: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The request cannot be used."},
    403: {"model": ErrorAnswer, "description": "Not allowed."},
    404: {"model": ErrorAnswer, "description": "There is no such thing."},
    422: {"model": ErrorAnswer, "description": "The request or its data are broken."},
    503: {"model": ErrorAnswer, "description": "The store does not answer."},
}
MISSING: dict[int | str, dict[str, Any]] = {404: BAD[404]}

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/openapi.json", name="openapi")
def openapi(request: Request) -> Response:
    """OpenAPI 3.1."""
    return json_answer(request.app.openapi())
