"""The `http` target: any service that takes and gives JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from steelyard.core import ConfigError, Json, Output
from steelyard.targets._access import read_access
from steelyard.targets._conversation import attachment_bytes
from steelyard.targets._json_body import decode_body, encode_body, invalid_output
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._recorded_form import is_recorded_form, live_output
from steelyard.targets._refusal import refused_output
from steelyard.targets._spec import SettingKind, TargetSpec, read_settings, text_setting
from steelyard.targets._template import Template, as_text, lookup
from steelyard.targets._web import WebClient

SETTINGS: Mapping[str, SettingKind] = {
    "method": "text",
    "headers": "object",
    "body": "any",
    "answer": "text",
    "api_key": "text",
}
_DEFAULT_BODY: Json = {"input": "{{ input }}"}
_OF_THE_REQUEST = frozenset({"messages", "attachments", "id", "epoch", "seed"})


class HttpTarget:
    """Fills a JSON body from the case, sends it, and reads the answer at a path.

    In `body`, `{{ name }}` stands for `input`, `context`, a field of an object input, `messages`,
    `attachments`, `id`, `epoch` or `seed`; a text that is nothing but a placeholder becomes the value
    itself, whatever its type. Without `body` it is `{"input": …}`, with `messages` and `attachments`
    where the request has any. `answer` is a dotted path (`choices.0.message.content`); without it an
    answer in the recorded form is read as such, and anything else is the answer.
    """

    def __init__(self, spec: TargetSpec) -> None:
        settings = read_settings(spec, SETTINGS)
        self._method = text_setting(settings, "method", "POST").upper()
        if self._method not in {"POST", "PUT", "PATCH"}:
            raise ConfigError("method must be POST, PUT or PATCH", where=spec.where)
        self._where = spec.where
        self._clock = spec.clock
        self._access = access = read_access(spec, settings, url=spec.rest, own_url=True)
        self._own_body = settings.get("body")
        self._path = tuple(step for step in text_setting(settings, "answer").split(".") if step)
        headers = {"Content-Type": "application/json", "User-Agent": "steelyard", **access.headers}
        if access.key:
            headers.setdefault("Authorization", f"Bearer {access.key}")
        self._web = WebClient(
            access.url, headers=headers, redact=access.redact, environ=spec.environ, where=spec.where
        )
        recorded = {"method": self._method, "body": self._own_body or _DEFAULT_BODY}
        kept = {key: value for key, value in settings.items() if key not in {"headers", "api_key"}}
        self._info = TargetInfo(
            name=spec.name or f"http:{access.shown}",
            uri=f"http:{access.shown}",
            settings={**recorded, **kept},
        )

    def __repr__(self) -> str:
        return f"HttpTarget({self._info.uri!r})"

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
        """Connect; raises TargetError when nothing listens."""
        await self._web.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    def rendered(self, request: Request) -> bytes:
        """The request's body, byte for byte."""
        body = self._own_body if self._own_body is not None else _default_body(request)
        filler = _Filler(request, where=self._where)
        filled = filler.fill(body)
        filler.check_sent()
        return encode_body(filled)

    async def answer(self, request: Request) -> Output:
        """One exchange; an answer without the path, or no JSON where one is needed, is the target's fault."""
        body = self.rendered(request)
        started = self._clock.monotonic()
        reply = await self._web.send(body, method=self._method)
        seconds = self._clock.monotonic() - started
        if not 200 <= reply.status < 300:
            return refused_output(reply, self._web, where=self._where, seconds=seconds)
        try:
            payload = decode_body(reply.body)
        except ValueError as error:
            if self._path:
                reason = self._web.redact(f"the answer is not JSON: {error}")
                return invalid_output(reason, seconds=seconds)
            return Output(value=reply.body.decode("utf-8", "replace"), latency_s=seconds)
        return self._read(payload, seconds)

    def _read(self, payload: Any, seconds: float) -> Output:
        if not self._path:
            if is_recorded_form(payload):
                return live_output(payload, seconds=seconds, redact=self._web.redact)
            return Output(value=payload, latency_s=seconds)
        found = payload
        for step in self._path:
            found = _step(found, step)
            if found is _ABSENT:
                path = ".".join(self._path)
                return invalid_output(f"the answer has nothing at {path}", seconds=seconds)
        return Output(value=found, latency_s=seconds)


_ABSENT = object()


def _default_body(request: Request) -> Json:
    parts = {"messages": request.messages, "attachments": request.case.attachments}
    return {"input": "{{ input }}", **{key: f"{{{{ {key} }}}}" for key, value in parts.items() if value}}


def http_target(spec: TargetSpec) -> HttpTarget:
    """The registry's door to `http:URL`."""
    return HttpTarget(spec)


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step, _ABSENT)
    if isinstance(value, list) and step.lstrip("-").isdecimal() and -len(value) <= int(step) < len(value):
        return value[int(step)]
    return _ABSENT


class _Filler:
    """Fills one body for one request, and knows what it used."""

    def __init__(self, request: Request, *, where: str) -> None:
        self._request = request
        self._where = f"{where} body"
        self._used: set[str] = set()
        last = request.messages[-1].get("content") if request.messages else None
        self._given: Json = last

    def fill(self, value: Json) -> Json:
        """The value with every placeholder in its texts replaced."""
        if isinstance(value, str):
            return self._fill_text(value)
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, Sequence):
            return [self.fill(item) for item in value]
        return value

    def check_sent(self) -> None:
        """Raise ConfigError when the body leaves out what the request is about."""
        needed = {"messages": len(self._request.messages) > 1, "attachments": self._request.case.attachments}
        for name, present in needed.items():
            if present and name not in self._used:
                raise ConfigError(
                    f"case {self._request.case.id} has {name}, and the body has no place for them",
                    where=self._where,
                    hint=f'put "{{{{ {name} }}}}" where they belong',
                )

    def _fill_text(self, text: str) -> Json:
        template = Template(text, name=self._where)
        if not template.variables:
            return text
        if template.is_one_placeholder:
            return self._value(template.variables[0])
        values = {name: as_text(self._value(name)) for name in template.variables}
        return template.substitute(values)

    def _value(self, name: str) -> Json:
        self._used.add(name)
        if name not in _OF_THE_REQUEST:
            return lookup(name, self._request.case, given=self._given, where=self._where)
        request = self._request
        if name == "messages":
            return list(request.messages)
        if name == "attachments":
            return [
                {**item.as_json(), "data": base64.b64encode(attachment_bytes(request, item)).decode("ascii")}
                for item in request.case.attachments
            ]
        plain: dict[str, Json] = {"id": request.case.id, "epoch": request.epoch, "seed": request.seed}
        return plain[name]
