"""The `openai` target: chat completions of any compatible server, without the SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from steelyard.core import ConfigError, Json, Output
from steelyard.targets._access import Access, read_access
from steelyard.targets._chat import ChatTarget, split_model
from steelyard.targets._conversation import conversation_from, openai_part, with_parts
from steelyard.targets._json_body import encode_body
from steelyard.targets._openai_answer import completion_output
from steelyard.targets._openai_stream import read_stream
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._spec import SettingKind, TargetSpec, read_settings, text_setting
from steelyard.targets._web import WebClient

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
UNRECORDED = frozenset({"api_key", "headers", "base_url", "system", "prompt"})
"""Settings that `info.settings` does not hold: secrets, and what is recorded elsewhere."""


class OpenAITarget(ChatTarget):
    """Sends a case as a chat completion and reads text, tool calls, log-probabilities and usage."""

    def __init__(self, spec: TargetSpec) -> None:
        model, query = split_model(spec)
        settings = read_settings(spec, SETTINGS, query=query)
        base = text_setting(settings, "base_url")
        access = read_access(
            spec, settings, url=base or PROVIDER_URL, key_variable="OPENAI_API_KEY", own_url=bool(base)
        )
        self._conversation = conversation_from(spec, settings)
        self._takes_seed = settings.get("seed") is None
        self._fixed = _fixed_body(model, settings, provider=not base, where=spec.where)
        self._head = self._opening()
        web = WebClient(
            access.at("/chat/completions"),
            headers=_headers(access),
            redact=access.redact,
            environ=spec.environ,
            where=spec.where,
        )
        info = TargetInfo(
            name=spec.name or f"openai:{model}",
            uri=f"openai:{model}" + (f"?base_url={access.shown}" if base else ""),
            settings={
                "model": model,
                **({"base_url": access.shown} if base else {}),
                **{key: value for key, value in settings.items() if key not in UNRECORDED},
            },
            prompts=self._conversation.prompts,
            prompt_texts=self._conversation.prompt_texts,
        )
        super().__init__(spec, access=access, web=web, info=info)

    def rendered(self, request: Request) -> bytes:
        """The request's body, byte for byte; for a plain text input most of it is made beforehand."""
        case = request.case
        text = case.input
        seed = request.seed if self._takes_seed else None
        if self._conversation.plain and isinstance(text, str) and not (request.messages or case.attachments):
            tail = b"]}" if seed is None else b'], "seed": %d}' % seed
            return b'%b{"role": "user", "content": %b}%b' % (self._head, encode_body(text), tail)
        messages = self._conversation.messages(request)
        if case.attachments:
            messages = with_parts(messages, [openai_part(request, item) for item in case.attachments])
        body: dict[str, Json] = {**self._fixed, "messages": messages}
        if seed is not None:
            body["seed"] = seed
        return encode_body(body)

    def _read_answer(self, payload: Any, seconds: float) -> Output:
        return completion_output(payload, seconds=seconds)

    async def _read_stream(self, chunks: AsyncIterator[bytes], started: float) -> Output:
        return await read_stream(chunks, clock=self._clock, started=started, redact=self._web.redact)

    def _opening(self) -> bytes:
        """The body up to the one user message, encoded once."""
        system = self._conversation.fixed_system
        first = encode_body({"role": "system", "content": system}) + b", " if system is not None else b""
        return encode_body(self._fixed)[:-1] + b', "messages": [' + first


def openai_target(spec: TargetSpec) -> OpenAITarget:
    """The registry's door to `openai:MODEL`."""
    return OpenAITarget(spec)


def _headers(access: Access) -> dict[str, str]:
    own = {"Content-Type": "application/json", "User-Agent": "steelyard"}
    if access.key:
        own["Authorization"] = f"Bearer {access.key}"
    return {**own, **access.headers}


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
        raise ConfigError("extra cannot hold messages", where=where, hint="Use system and prompt")
    return body
