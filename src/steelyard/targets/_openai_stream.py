"""Streamed chat completions: server-sent events to one answer, with the time to the first token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from steelyard.core import Clock, Output
from steelyard.targets._events import server_events
from steelyard.targets._json_body import decode_body, invalid_output
from steelyard.targets._openai_answer import completion_output
from steelyard.targets._protocol import RetryableFault
from steelyard.targets._secrets import Redactor


async def read_stream(
    chunks: AsyncIterator[bytes], *, clock: Clock, started: float, redact: Redactor
) -> Output:
    """The output of a streamed chat completion.

    A stream that ends before it said that it is done is a lost connection (RetryableFault), never a
    shorter answer.
    """
    state = _Stream()
    first: float | None = None
    done = False
    async for _, data in server_events(chunks):
        if data == b"[DONE]":
            done = True
            break
        try:
            event = decode_body(redact.clean_bytes(data))
        except ValueError as error:
            return invalid_output(
                redact(f"an event of the stream is not JSON: {error}"), seconds=clock.monotonic() - started
            )
        if not isinstance(event, Mapping):
            return invalid_output(
                "an event of the stream is not an object", seconds=clock.monotonic() - started
            )
        if event.get("error"):
            raise RetryableFault("server", redact(f"the stream ended with an error: {event['error']}"))
        if state.add(event) and first is None:
            first = clock.monotonic() - started
    seconds = clock.monotonic() - started
    if not done and state.finish is None:
        raise RetryableFault("connection", "the stream ended before the answer did")
    return completion_output(state.completion(), seconds=seconds, first_token_s=first)


class _Stream:
    """The parts of an answer, put together as they come."""

    def __init__(self) -> None:
        self.finish: Any = None
        self._model: Any = None
        self._usage: Any = None
        self._texts: dict[str, list[str]] = {"content": [], "refusal": [], "reasoning_content": []}
        self._calls: dict[int, dict[str, Any]] = {}
        self._logprobs: list[Any] = []

    def add(self, event: Mapping[str, Any]) -> bool:
        """Take an event in; whether it held any part of the answer."""
        self._model = event.get("model") or self._model
        self._usage = event.get("usage") or self._usage
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, Mapping):
            return False
        self.finish = choice.get("finish_reason") or self.finish
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, Mapping) and isinstance(logprobs.get("content"), list):
            self._logprobs += logprobs["content"]
        delta = choice.get("delta")
        return self._add_delta(delta) if isinstance(delta, Mapping) else False

    def _add_delta(self, delta: Mapping[str, Any]) -> bool:
        found = False
        for key, texts in self._texts.items():
            text = delta.get(key) or (delta.get("reasoning") if key == "reasoning_content" else None)
            if isinstance(text, str) and text:
                texts.append(text)
                found = True
        calls = delta.get("tool_calls")
        for position, part in enumerate(calls if isinstance(calls, list) else ()):
            if isinstance(part, Mapping):
                self._add_call(part, position)
                found = True
        return found

    def _add_call(self, part: Mapping[str, Any], position: int) -> None:
        index = part.get("index")
        call = self._calls.setdefault(
            index if isinstance(index, int) else position, {"id": "", "name": "", "arguments": []}
        )
        call["id"] = part.get("id") or call["id"]
        function = part.get("function")
        if isinstance(function, Mapping):
            call["name"] = call["name"] or str(function.get("name") or "")
            if isinstance(function.get("arguments"), str):
                call["arguments"].append(function["arguments"])

    def completion(self) -> dict[str, Any]:
        """The chat completion object that the stream spelled out."""
        joined = {key: "".join(texts) for key, texts in self._texts.items()}
        message: dict[str, Any] = {"role": "assistant", **{key: text for key, text in joined.items() if text}}
        message.setdefault("content", "")
        if self._calls:
            message["tool_calls"] = [
                {
                    "id": call["id"],
                    "function": {"name": call["name"], "arguments": "".join(call["arguments"])},
                }
                for _, call in sorted(self._calls.items())
            ]
        logprobs = {"content": self._logprobs} if self._logprobs else None
        choice = {"message": message, "finish_reason": self.finish, "logprobs": logprobs}
        return {"model": self._model, "choices": [choice], "usage": self._usage}
