"""Errors as answers: the contract's JSON for programs, a page for people."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._editing import ChangedMeanwhileError
from steelyard.app.web._access import ForbiddenError
from steelyard.app.web._answer import json_answer
from steelyard.app.web._render import render_error
from steelyard.core import (
    BudgetError,
    ConfigError,
    InputError,
    MissingExtraError,
    NotFoundError,
    StatisticsError,
    SteelyardError,
    StoreError,
    TargetError,
    UsageError,
    UserError,
)

API = "/api/"
_STATUS: tuple[tuple[type[SteelyardError], HTTPStatus], ...] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (ChangedMeanwhileError, HTTPStatus.CONFLICT),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StatisticsError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (BudgetError, HTTPStatus.CONFLICT),
    (TargetError, HTTPStatus.BAD_GATEWAY),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ConfigError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (MissingExtraError, HTTPStatus.NOT_IMPLEMENTED),
    (UserError, HTTPStatus.BAD_REQUEST),
)


def answer_error(request: Request, error: SteelyardError) -> Response:
    """A known error, with the status code that fits it."""
    return _answer(request, error, _status(error))


def answer_http(request: Request, error: HTTPException) -> Response:
    """What the framework refuses: unknown addresses, wrong methods."""
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        said: SteelyardError = NotFoundError(
            "there is nothing at this address", where=request.url.path, hint="Start at the home page"
        )
    else:
        said = UsageError(str(error.detail), where=request.url.path)
    answer = _answer(request, said, status)
    answer.headers.update(error.headers or {})
    return answer


def answer_invalid(request: Request, error: RequestValidationError) -> Response:
    """A parameter or a body that is not what the route takes."""
    details = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:20]]
    said = UsageError(
        "the request does not have the form that this address takes",
        where=request.url.path,
        hint="See /api/v1/openapi.json" if request.url.path.startswith(API) else "Go back and choose again",
        details=details,
    )
    return _answer(request, said, HTTPStatus.UNPROCESSABLE_ENTITY)


def answer_bug(request: Request, error: Exception) -> Response:
    """Our mistake: its text stays in the log, where secrets are not shown to strangers."""
    said = SteelyardError(
        f"a bug in Steelyard: {type(error).__name__}", where=request.url.path, hint="The server's log has it"
    )
    return _answer(request, said, HTTPStatus.INTERNAL_SERVER_ERROR)


def _status(error: SteelyardError) -> HTTPStatus:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _answer(request: Request, error: SteelyardError, status: HTTPStatus) -> Response:
    if request.url.path.startswith(API) or "text/html" not in request.headers.get("accept", ""):
        return json_answer({"error": error.as_json()}, status=status)
    return render_error(request, error, status)
