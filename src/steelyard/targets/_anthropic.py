"""The `anthropic` target: the Messages API, or a server that speaks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from steelyard.core import Json, Output
from steelyard.targets._access import Access, read_access
from steelyard.targets._anthropic_answer import message_output, read_stream
from steelyard.targets._anthropic_request import anthropic_messages, anthropic_part, anthropic_tools
from steelyard.targets._chat import ChatTarget, split_model
from steelyard.targets._conversation import conversation_from, with_parts
from steelyard.targets._json_body import encode_body
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._spec import SettingKind, TargetSpec, read_settings, text_setting
from steelyard.targets._web import WebClient

PROVIDER_URL = "https://api.anthropic.com/v1"
API_VERSION = "2023-06-01"
MAX_TOKENS = 4096
"""Sent, and recorded, when the setting `max_tokens` is not given: the API requires one."""

SETTINGS: Mapping[str, SettingKind] = {
    "base_url": "text",
    "api_key": "text",
    "headers": "object",
    "system": "text",
    "prompt": "text",
    "temperature": "number",
    "top_p": "number",
    "top_k": "whole",
    "max_tokens": "whole",
    "stop": "texts",
    "stream": "flag",
    "tools": "objects",
    "tool_choice": "object",
    "extra": "object",
}
_UNRECORDED = frozenset({"api_key", "headers", "base_url", "system", "prompt"})


class AnthropicTarget(ChatTarget):
    """Sends a case to the Messages API and reads text, tool use, thinking and usage. Takes no seed."""

    def __init__(self, spec: TargetSpec) -> None:
        model, query = split_model(spec)
        settings = {"max_tokens": MAX_TOKENS, **read_settings(spec, SETTINGS, query=query)}
        base = text_setting(settings, "base_url")
        access = read_access(
            spec, settings, url=base or PROVIDER_URL, key_variable="ANTHROPIC_API_KEY", own_url=bool(base)
        )
        self._conversation = conversation_from(spec, settings)
        self._fixed = _fixed_body(model, settings)
        web = WebClient(
            access.at("/messages"),
            headers=_headers(access),
            redact=access.redact,
            environ=spec.environ,
            where=spec.where,
        )
        info = TargetInfo(
            name=spec.name or f"anthropic:{model}",
            uri=f"anthropic:{model}" + (f"?base_url={access.shown}" if base else ""),
            settings={
                "model": model,
                **({"base_url": access.shown} if base else {}),
                **{key: value for key, value in settings.items() if key not in _UNRECORDED},
            },
            prompts=self._conversation.prompts,
            prompt_texts=self._conversation.prompt_texts,
        )
        super().__init__(spec, access=access, web=web, info=info)

    def rendered(self, request: Request) -> bytes:
        """The request's body, byte for byte."""
        messages = self._conversation.messages(request)
        if request.case.attachments:
            parts = [anthropic_part(request, item) for item in request.case.attachments]
            messages = with_parts(messages, parts)
        system, turns = anthropic_messages(messages)
        body: dict[str, Json] = {**self._fixed, "messages": turns}
        if system:
            body["system"] = system
        return encode_body(body)

    def _read_answer(self, payload: Any, seconds: float) -> Output:
        return message_output(payload, seconds=seconds)

    async def _read_stream(self, chunks: AsyncIterator[bytes], started: float) -> Output:
        return await read_stream(chunks, clock=self._clock, started=started, redact=self._web.redact)


def anthropic_target(spec: TargetSpec) -> AnthropicTarget:
    """The registry's door to `anthropic:MODEL`."""
    return AnthropicTarget(spec)


def _headers(access: Access) -> dict[str, str]:
    own = {
        "Content-Type": "application/json",
        "User-Agent": "steelyard",
        "anthropic-version": API_VERSION,
    }
    if access.key:
        own["x-api-key"] = access.key
    return {**own, **access.headers}


def _fixed_body(model: str, settings: Mapping[str, Json]) -> dict[str, Json]:
    body: dict[str, Json] = {"model": model}
    for key in ("max_tokens", "temperature", "top_p", "top_k", "tool_choice"):
        if key in settings:
            body[key] = settings[key]
    stop = settings.get("stop")
    if stop is not None:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if "tools" in settings:
        body["tools"] = anthropic_tools(settings["tools"])
    if settings.get("stream") is True:
        body["stream"] = True
    extra = settings.get("extra")
    if isinstance(extra, Mapping):
        body |= extra
    return body
