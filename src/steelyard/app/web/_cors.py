"""Pages of other origins may send feedback, and nothing else (Fetch standard, "CORS protocol")."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FEEDBACK_PATH = "/api/v1/feedback"
_REMEMBERED_S = "600"


class FeedbackCors:
    """ASGI middleware: says to a browser which origins may send feedback, and may read how that went.

    Without cookies: a page of another origin never acts as the person who looks at it.
    """

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser that asks beforehand; pass everything else on."""
        headers = Headers(scope=scope) if scope["type"] == "http" and scope["path"] == FEEDBACK_PATH else None
        origin = "" if headers is None else headers.get("origin", "")
        if headers is None or origin not in self._origins:
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and headers.get("access-control-request-method") == "POST":
            answer = Response(status_code=HTTPStatus.NO_CONTENT)
            _allow(answer.headers, origin)
            answer.headers["access-control-allow-methods"] = "POST"
            answer.headers["access-control-allow-headers"] = "authorization, content-type, idempotency-key"
            answer.headers["access-control-max-age"] = _REMEMBERED_S
            await answer(scope, receive, send)
            return

        async def allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                _allow(MutableHeaders(scope=message), origin)
            await send(message)

        await self._app(scope, receive, allowed if scope["method"] == "POST" else send)


def _allow(headers: MutableHeaders, origin: str) -> None:
    headers["access-control-allow-origin"] = origin
    headers["access-control-expose-headers"] = "retry-after"
    headers.add_vary_header("origin")
