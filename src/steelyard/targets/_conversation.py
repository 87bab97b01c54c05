"""From a request to chat messages: system prompt, template, conversation, attachments.

Messages have the shape of chat completions (`role`, `content` as text or parts, `tool_calls`); other
protocols translate from it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from steelyard.core import Attachment, Case, ConfigError, InputError, Json, Message, TargetError
from steelyard.targets._protocol import Request
from steelyard.targets._spec import TargetSpec, text_setting
from steelyard.targets._template import Template, load_prompt

_AUDIO = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


class Conversation:
    """How a target turns a request into messages.

    The target's system prompt comes first, then the case's messages (or its text input, put into the
    `prompt` template where there is one). A conversation under way replaces the input. Documents in
    `context` are sent only where a prompt asks for `{{ context }}`.
    """

    def __init__(self, *, system: Template | None, prompt: Template | None, where: str) -> None:
        self.system = system
        self.prompt = prompt
        self._where = where
        self.fixed_system = system.text if system is not None and not system.variables else None
        self.plain = prompt is None and (system is None or self.fixed_system is not None)

    def __repr__(self) -> str:
        return f"Conversation(system={self.system!r}, prompt={self.prompt!r})"

    @property
    def prompts(self) -> dict[str, str]:
        """Prompt name to SHA-256 of its text."""
        return {template.name: template.sha256 for template in (self.system, self.prompt) if template}

    @property
    def prompt_texts(self) -> dict[str, str]:
        """Prompt name to its text."""
        return {template.name: template.text for template in (self.system, self.prompt) if template}

    def messages(self, request: Request) -> list[Message]:
        """The messages to send; attachments are the business of `with_parts`."""
        case = request.case
        opening: list[Message] = []
        if self.system is not None:
            opening.append({"role": "system", "content": self.system.render(case)})
        if request.messages:
            return [*opening, *request.messages]
        if isinstance(case.input, str):
            return [*opening, {"role": "user", "content": self._user_text(case)}]
        if isinstance(case.input, Sequence):
            return [*opening, *self._own_messages(case, case.input)]
        if self.prompt is not None and case.input is not None:
            return [*opening, {"role": "user", "content": self.prompt.render(case)}]
        raise self._no_text(case)

    def _user_text(self, case: Case) -> str:
        if self.prompt is not None:
            return self.prompt.render(case)
        return case.input if isinstance(case.input, str) else ""

    def _own_messages(self, case: Case, items: Sequence[Json]) -> list[Message]:
        messages: list[Message] = []
        for item in items:
            if not isinstance(item, Mapping) or not isinstance(item.get("role"), str):
                raise InputError(
                    "a message of the input has no role",
                    where=f"case {case.id}",
                    hint='a list input holds {"role": "user", "content": …}',
                )
            messages.append(item)
        if self.prompt is not None and messages and messages[-1].get("role") == "user":
            last = messages[-1]
            messages[-1] = {**last, "content": self.prompt.render(case, given=last.get("content"))}
        return messages

    def _no_text(self, case: Case) -> ConfigError:
        fields = ", ".join(case.input) if isinstance(case.input, Mapping) else ""
        if fields:
            name = next(iter(case.input)) if isinstance(case.input, Mapping) else "question"
            return ConfigError(
                f"the input of case {case.id} is an object ({fields}), and no prompt says how to ask it",
                where=self._where,
                hint=f'add to the target: prompt = "{{{{ {name} }}}}"',
            )
        return ConfigError(
            f"case {case.id} has neither input nor messages to send",
            where=self._where,
            hint="Scripted turns and scenarios are played by a run",
        )


def conversation_from(spec: TargetSpec, settings: Mapping[str, Json]) -> Conversation:
    """The conversation that the settings `system` and `prompt` describe."""

    def prompt(key: str) -> Template | None:
        value = text_setting(settings, key)
        return load_prompt(value, setting=key, folder=spec.folder, where=spec.where) if value else None

    return Conversation(system=prompt("system"), prompt=prompt("prompt"), where=spec.where)


def with_parts(messages: Sequence[Message], parts: Sequence[Json]) -> list[Message]:
    """The messages with the parts put behind the text of the last user message."""
    sent = list(messages)
    for index in range(len(sent) - 1, -1, -1):
        if sent[index].get("role") == "user":
            content = sent[index].get("content")
            own: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else []
            if isinstance(content, Sequence) and not isinstance(content, str):
                own = list(content)
            sent[index] = {**sent[index], "content": [*own, *parts]}
            return sent
    return [*sent, {"role": "user", "content": list(parts)}]


def attachment_bytes(request: Request, item: Attachment) -> bytes:
    """The attachment's content; raises TargetError when the store does not hold it."""
    try:
        return request.attachment(item.sha256)
    except KeyError:
        raise TargetError(
            f"attachment {item.path} is not stored",
            where=f"case {request.case.id}",
            hint="Add the benchmark again",
        ) from None


def openai_part(request: Request, item: Attachment) -> Json:
    """An attachment as a part of a chat message: image, audio, text, or file."""
    data = attachment_bytes(request, item)
    name = PurePosixPath(item.path).name
    if item.media_type.startswith("text/"):
        return {"type": "text", "text": f"{name}:\n{data.decode('utf-8', 'replace')}"}
    encoded = base64.b64encode(data).decode("ascii")
    if item.media_type in _AUDIO:
        return {"type": "input_audio", "input_audio": {"data": encoded, "format": _AUDIO[item.media_type]}}
    uri = f"data:{item.media_type};base64,{encoded}"
    if item.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": uri}}
    return {"type": "file", "file": {"filename": name, "file_data": uri}}
