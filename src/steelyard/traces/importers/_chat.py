"""Logs of chat requests: of OpenAI's chat, responses and batch interfaces, or messages alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from steelyard.core import Json
from steelyard.traces._answers import answer_attributes, is_answer
from steelyard.traces.importers._conversation import (
    conversation_drafts,
    first_question,
    is_conversation,
    last_answer,
)
from steelyard.traces.importers._draft import Draft, derived_id
from steelyard.traces.importers._moments import Row, as_row, moment

_TIMES = ("created_at", "created", "timestamp", "start_time")


def is_chat(row: Row) -> bool:
    """Whether a row is a chat request, with or without its response, or a response alone."""
    request, answer = _sides(row)
    return is_conversation(_asked(request)) or bool(answer)


def chat_drafts(rows: Iterable[Row]) -> Iterator[tuple[str, list[Draft]]]:
    """A trace for each row: a request with its response, or a conversation as it stands."""
    for place, row in enumerate(rows):
        request, answer = _sides(row)
        messages = _asked(request)
        held = list(messages) if isinstance(messages, Sequence) and not isinstance(messages, str) else []
        identity = derived_id("chat", place, dict(row))
        if answer:
            yield identity, [_call(row, request, answer, held)]
            continue
        root = Draft(
            id="root",
            name="conversation",
            start_s=_first_moment(row),
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "input.value": first_question(held),
                "output.value": last_answer(held),
                **_who(row, request),
            },
        )
        model = str(request.get("model") or "")
        yield identity, [root, *conversation_drafts(held, parent="root", model=model)]


def _sides(row: Row) -> tuple[Row, Row]:
    """What was asked and what came back, out of a row of a log, of a batch, or of a list of completions."""
    request = as_row(row.get("request")) or as_row(row.get("body")) or row
    answer = as_row(row.get("response")) or as_row(row.get("completion"))
    if "body" in answer:
        status = answer.get("status_code")
        body = as_row(answer["body"])
        failed = isinstance(status, int) and status >= 400 and not body.get("error")
        answer = {**body, "error": {"message": f"status {status}"}} if failed else body
    if not answer and is_answer(row):
        answer = row
    if not answer and as_row(row.get("error")) and ("custom_id" in row or "request" in row):
        answer = {"error": row["error"]}
    return as_row(request.get("body")) or request, answer


def _asked(request: Row) -> Json:
    """The messages of a request; of the responses interface, its input and instructions."""
    if "messages" in request:
        return request["messages"]
    given = request.get("input")
    if request.get("object") == "response" or given is None:
        return None
    first: list[Json] = []
    if isinstance(request.get("instructions"), str):
        first = [{"role": "system", "content": request["instructions"]}]
    if isinstance(given, str):
        return [*first, {"role": "user", "content": given}] if "model" in request else None
    return [*first, *given] if isinstance(given, list) else None


def _call(row: Row, request: Row, answer: Row, messages: list[Json]) -> Draft:
    error = as_row(answer.get("error")) or as_row(row.get("error"))
    latency = row.get("latency_s", row.get("latency"))
    model = request.get("model") or answer.get("model")
    return Draft(
        id=str(answer.get("id") or row.get("custom_id") or "call"),
        name=f"chat {model or ''}".strip(),
        start_s=moment(answer.get("created") or answer.get("created_at")) or _first_moment(row),
        duration_s=float(latency) if isinstance(latency, int | float) else None,
        error=str(error.get("message") or error.get("code") or "error without a message") if error else "",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.request.temperature": request.get("temperature"),
            "gen_ai.request.max_tokens": request.get("max_completion_tokens") or request.get("max_tokens"),
            "gen_ai.input.messages": messages or None,
            "gen_ai.tool.definitions": request.get("tools"),
            **answer_attributes(answer),
            **_who(row, request),
        },
    )


def _who(row: Row, request: Row) -> dict[str, Json]:
    return {
        "user.id": row.get("user") or request.get("user"),
        "session.id": row.get("session_id") or row.get("conversation_id"),
    }


def _first_moment(row: Row) -> float | None:
    return next((found for key in _TIMES if (found := moment(row.get(key))) is not None), None)
