"""Around the application: what changes something, and what was refused to whom, goes into the audit log."""

from __future__ import annotations

import logging
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steelyard.app.accounts import Journal, Outcome
from steelyard.app.web._access import INGEST
from steelyard.app.web._guard import READING
from steelyard.app.web._principal import Principal
from steelyard.core import SteelyardError

_OWN = frozenset({"login_post", "login_return", "logout"})
_TELLS = frozenset({"user_role", "user_state", "key_add", "key_revoke"})
"""Routes that write down themselves what they changed."""
_LOG = logging.getLogger("steelyard.web")


class Auditor:
    """ASGI middleware: the route's name, the address without its query, who, from where, and the outcome.

    Requests that only look are left out unless somebody who is known was refused; so are traces that come in,
    which the ledger counts, and strangers, who could fill the log. A route adds what an address does not say
    by `request.state.audit`, a dictionary.
    """

    def __init__(self, app: ASGIApp, *, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, then write down how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            await self._note(scope, status)

    async def _note(self, scope: Scope, status: int) -> None:
        principal = scope["state"].get("principal")
        route = getattr(scope.get("route"), "name", "")
        refused = status in (401, 403)
        if not isinstance(principal, Principal) or not route or (route in _OWN and not refused):
            return
        if route in _TELLS and status < 400:
            return
        if ((scope["method"] in READING or route in INGEST) and not refused) or status == 429:
            return
        said = scope["state"].get("audit")
        outcome: Outcome = "refused" if refused else "failed" if status >= 400 else "done"
        client: Any = scope.get("client")
        try:
            await run_in_threadpool(
                lambda: self._journal.note(
                    principal.name,
                    route,
                    subject=f"{scope['method']} {scope['path']}",
                    source=client[0] if client else "unknown",
                    outcome=outcome,
                    detail={"status": status, **(said if isinstance(said, dict) else {})},
                )
            )
        except SteelyardError as error:  # the answer is on its way: the log on stderr is what is left
            _LOG.error("the audit log cannot be written: %s", error)
