"""Requests that are not let through, and how they are told."""

from __future__ import annotations

import math
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app.web._answer import json_answer
from steelyard.core import UserError


class ForbiddenError(UserError):
    """The request is understood, and not allowed."""

    kind = "forbidden"


class LoginNeededError(UserError):
    """Nobody is logged in, or the key opens nothing."""

    kind = "login-needed"


class TooManyError(UserError):
    """Too many requests; `wait_s` is how long until the next may come."""

    kind = "too-many"

    def __init__(self, message: str, *, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(wait_s))
        super().__init__(message, hint=f"Try again in {self.wait_s} s")


def wants_page(request: Request) -> bool:
    """Whether a person looks, and not a program."""
    accepts = "text/html" in request.headers.get("accept", "")
    return accepts and not request.url.path.startswith("/api/") and "authorization" not in request.headers


def answer_login_needed(request: Request, error: LoginNeededError) -> Response:
    """People are sent to the login page, programs are told what is missing."""
    if request.headers.get("hx-request") == "true":
        here = urlsplit(request.headers.get("hx-current-url", "/")).path
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"hx-redirect": login_url(here)})
    if wants_page(request) and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(login_url(here), status_code=HTTPStatus.SEE_OTHER)
    answer = json_answer({"error": error.as_json()}, status=HTTPStatus.UNAUTHORIZED)
    answer.headers["www-authenticate"] = 'Bearer realm="steelyard"'
    return answer


def answer_too_many(_request: Request, error: TooManyError) -> Response:
    """Later."""
    answer = json_answer({"error": error.as_json()}, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["retry-after"] = str(error.wait_s)
    return answer


def login_url(goal: str) -> str:
    """The login page that leads on to a page of ours."""
    kept = local_path(goal)
    return "/login" if kept == "/" else f"/login?next={quote(kept, safe='')}"


def local_path(text: str) -> str:
    """A path of this server; anything that a browser could take for another server's is the home page."""
    plain = text.isprintable() and text.isascii() and "\\" not in text and len(text) <= 2000
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"
