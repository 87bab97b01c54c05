"""The `openai` target: chat completions of any compatible server, without the SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from steelyard.core import ConfigError, Fault, Json, Output, TargetError, UsageError
from steelyard.targets._access import Access, read_access
from steelyard.targets._conversation import Conversation, conversation_from, openai_part, with_parts
from steelyard.targets._openai_answer import (
    completion_output,
    decode_body,
    error_parts,
    invalid,
    is_filtered,
    is_overflow,
)
from steelyard.targets._openai_stream import read_stream
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._spec import SettingKind, TargetSpec, read_settings, text_setting
from steelyard.targets._web import Reply, WebClient, refuse_status

PROVIDER_URL = "https://api.openai.com/v1"

SETTINGS: Mapping[str, SettingKind] = {
    "base_url": "text",
    "api_key": "text",
    "headers": "object",
    "system": "text",
    "prompt": "text",
    "temperature": "number",
    "top_p": "number",
    "max_tokens": "whole",
    "seed": "whole",
    "stop": "texts",
    "stream": "flag",
    "tools": "objects",
    "tool_choice": "any",
    "response_format": "object",
    "logprobs": "any",
    "extra": "object",
}
_SENT_AS_IS = ("temperature", "top_p", "seed", "stop", "tools", "tool_choice", "response_format")
_UNRECORDED = frozenset({"api_key", "headers", "base_url", "system", "prompt"})
_SETTING_ERRORS = ("unsupported_parameter", "unsupported_value", "unknown_parameter", "model_not_found")


class OpenAITarget:
    """Sends a case as a chat completion and reads text, tool calls, log-probabilities and usage."""

    def __init__(self, spec: TargetSpec) -> None:
        model, query = split_model(spec)
        settings = read_settings(spec, SETTINGS, query=query)
        base = text_setting(settings, "base_url")
        self._where = spec.where
        self._clock = spec.clock
        self._access: Access = read_access(
            spec, settings, url=base or PROVIDER_URL, key_variable="OPENAI_API_KEY", own_url=bool(base)
        )
        self._conversation: Conversation = conversation_from(spec, settings)
        self._stream = settings.get("stream") is True
        self._own_seed = settings.get("seed") is not None
        fixed = _fixed_body(model, settings, provider=not base, where=spec.where)
        self._fixed = fixed
        self._head, self._tail = self._pieces(fixed)
        self._web = WebClient(
            self._access.at("/chat/completions"),
            headers=self._headers(),
            redact=self._access.redact,
            environ=spec.environ,
            where=spec.where,
        )
        self._info = TargetInfo(
            name=spec.name or f"openai:{model}",
            uri=f"openai:{model}" + (f"?base_url={self._access.shown}" if base else ""),
            settings={
                "model": model,
                **({"base_url": self._access.shown} if base else {}),
                **{key: value for key, value in settings.items() if key not in _UNRECORDED},
            },
            prompts=self._conversation.prompts,
            prompt_texts=self._conversation.prompt_texts,
        )

    def __repr__(self) -> str:
        return f"OpenAITarget({self._info.uri!r})"

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration."""
        return self._info

    @property
    def cache_scope(self) -> str:
        """SHA-256 of address and headers: what can change an answer and is not in `info`."""
        return self._access.scope

    def on_rate(self, listener: Callable[[float], None]) -> None:
        """Tell the listener for how many seconds the server's rate headers ask to pause."""
        self._web.on_rate = listener

    async def open(self) -> None:
        """Connect; raises TargetError when nothing listens or the server refuses the key."""
        await self._web.open()
        if self._access.key and await self._web.probe(self._access.at("/models")) in {401, 403}:
            await self._web.close()
            raise TargetError(
                f"{self._web.place} refuses the key",
                where=self._where,
                hint="check the key and what it may use",
            )

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    def rendered(self, request: Request) -> bytes:
        """The request's body, byte for byte."""
        case = request.case
        seed = None if self._own_seed else request.seed
        if self._conversation.plain and not request.messages and not case.attachments and seed is None:
            text = case.input
            if isinstance(text, str):
                return b'%b{"role": "user", "content": %b}%b' % (self._head, _encode(text), self._tail)
        messages = self._conversation.messages(request)
        if case.attachments:
            messages = with_parts(messages, [openai_part(request, item) for item in case.attachments])
        body = {**self._fixed, "messages": messages}
        if seed is not None:
            body["seed"] = seed
        return _encode(body)

    async def answer(self, request: Request) -> Output:
        """One chat completion; see the class for what is read."""
        body = self.rendered(request)
        monotonic = self._clock.monotonic
        started = monotonic()
        if self._stream:
            async with self._web.stream(body) as response:
                if response.status == 200 and response.content_type == "text/event-stream":
                    return await read_stream(
                        response.content.iter_any(),
                        clock=self._clock,
                        started=started,
                        redact=self._web.redact,
                    )
                reply = await self._web.reply(response)
        else:
            reply = await self._web.send(body)
        seconds = monotonic() - started
        if reply.status != 200:
            return self._refused(reply, seconds)
        try:
            payload = decode_body(reply.body)
        except ValueError as error:
            return invalid(self._web.redact(f"the answer is not JSON: {error}"), seconds=seconds)
        return completion_output(payload, seconds=seconds)

    def _refused(self, reply: Reply, seconds: float) -> Output:
        message, code = error_parts(reply.body)
        refuse_status(reply, f"{message} ({code})" if code else message, self._web, where=self._where)
        said = self._web.redact(message)
        if is_overflow(message, code):
            fault = Fault(owner="target", kind="overflow", message=said)
        elif is_filtered(message, code):
            return Output(
                value="",
                latency_s=seconds,
                detail={"finish_reason": "content_filter", "content_filter": said},
            )
        elif code in _SETTING_ERRORS:
            raise TargetError(
                f"{self._web.place} does not take these settings: {said}",
                where=self._where,
                hint="change or remove the setting",
            )
        else:
            fault = Fault(owner="target", kind="rejected", message=f"HTTP {reply.status}: {said}")
        return Output(fault=fault, latency_s=seconds)

    def _headers(self) -> dict[str, str]:
        own = {"Content-Type": "application/json", "User-Agent": "steelyard"}
        if self._access.key:
            own["Authorization"] = f"Bearer {self._access.key}"
        return {**own, **self._access.headers}

    def _pieces(self, fixed: Mapping[str, Json]) -> tuple[bytes, bytes]:
        """The body before and behind the one user message, encoded once."""
        system = self._conversation.fixed_system
        opening = _encode({"role": "system", "content": system}) + b", " if system is not None else b""
        head = _encode(fixed)[:-1] + b', "messages": [' + opening
        return head, b"]}"


def openai_target(spec: TargetSpec) -> OpenAITarget:
    """The registry's door to `openai:MODEL`."""
    return OpenAITarget(spec)


def split_model(spec: TargetSpec) -> tuple[str, dict[str, str]]:
    """Model and query of `MODEL[?setting=value&…]`."""
    model, _, query = spec.rest.partition("?")
    if not model:
        raise UsageError(f"{spec.scheme}: needs a model", where=spec.where, hint=f"write {spec.scheme}:MODEL")
    return model, dict(parse_qsl(query, keep_blank_values=True))


def _fixed_body(model: str, settings: Mapping[str, Json], *, provider: bool, where: str) -> dict[str, Json]:
    body: dict[str, Json] = {"model": model}
    body |= {key: settings[key] for key in _SENT_AS_IS if key in settings}
    if "max_tokens" in settings:
        # The provider's own newer models refuse the old name; other servers know no other.
        body["max_completion_tokens" if provider else "max_tokens"] = settings["max_tokens"]
    logprobs = settings.get("logprobs")
    if logprobs is True:
        body["logprobs"] = True
    elif isinstance(logprobs, int) and not isinstance(logprobs, bool) and 0 <= logprobs <= 20:
        body |= {"logprobs": True, "top_logprobs": logprobs}
    elif logprobs not in (None, False):
        raise ConfigError("logprobs must be true, false, or how many alternatives (0 to 20)", where=where)
    if settings.get("stream") is True:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    extra = settings.get("extra")
    if isinstance(extra, Mapping):
        body |= extra
    if "messages" in body:
        raise ConfigError("extra cannot hold messages", where=where, hint="use system and prompt")
    return body


def _encode(value: Any) -> bytes:
    return json.dumps(value, default=_plain).encode("ascii")


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]
