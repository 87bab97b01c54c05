"""Chat messages, tools and attachments in the shape of the Messages API."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from steelyard.core import Attachment, ConfigError, Json, Message
from steelyard.targets._conversation import attachment_bytes
from steelyard.targets._openai_answer import parse_arguments
from steelyard.targets._protocol import Request
from steelyard.targets._template import as_text

_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def anthropic_messages(messages: Sequence[Message]) -> tuple[str, list[Json]]:
    """System prompt and turns of a conversation; neighbours of one role are joined, as the API wants it."""
    system: list[str] = []
    turns: list[dict[str, Json]] = []
    for message in messages:
        role = message.get("role")
        if role in {"system", "developer"}:
            system.append(_plain_text(message.get("content")))
            continue
        own = "assistant" if role == "assistant" else "user"
        blocks = _blocks(message)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == own:
            before = turns[-1]["content"]
            turns[-1]["content"] = [*(before if isinstance(before, list) else []), *blocks]
        else:
            turns.append({"role": own, "content": blocks})
    return "\n\n".join(text for text in system if text), [_compact(turn) for turn in turns]


def anthropic_tools(tools: Json) -> list[Json]:
    """Tool definitions; those in the shape of chat completions are translated, others kept."""
    translated: list[Json] = []
    for tool in tools if isinstance(tools, Sequence) and not isinstance(tools, str) else ():
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if isinstance(function, Mapping):
            translated.append(
                {
                    "name": function.get("name"),
                    "description": function.get("description") or "",
                    "input_schema": function.get("parameters") or {"type": "object"},
                }
            )
        else:
            translated.append(tool)
    return translated


def anthropic_part(request: Request, item: Attachment) -> Json:
    """An attachment as a content block; raises ConfigError for a type that the API does not take."""
    data = attachment_bytes(request, item)
    encoded = base64.b64encode(data).decode("ascii")
    source: Json = {"type": "base64", "media_type": item.media_type, "data": encoded}
    if item.media_type in _IMAGES:
        return {"type": "image", "source": source}
    if item.media_type == "application/pdf":
        return {"type": "document", "source": source, "title": PurePosixPath(item.path).name}
    if item.media_type.startswith("text/"):
        text = data.decode("utf-8", "replace")
        plain: Json = {"type": "text", "media_type": "text/plain", "data": text}
        return {"type": "document", "source": plain, "title": PurePosixPath(item.path).name}
    raise ConfigError(
        f"attachment {item.path} is {item.media_type}, which this target does not take",
        where=f"case {request.case.id}",
        hint="Images (JPEG, PNG, GIF, WebP), PDF and text can be sent",
    )


def _blocks(message: Message) -> list[Json]:
    content = message.get("content")
    if message.get("role") == "tool":
        call_id = str(message.get("tool_call_id") or "")
        return [{"type": "tool_result", "tool_use_id": call_id, "content": as_text(content)}]
    blocks: list[Json] = []
    if isinstance(content, str):
        if content:
            blocks.append({"type": "text", "text": content})
    elif isinstance(content, Sequence):
        blocks += [_block(part) for part in content]
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, Sequence) and not isinstance(calls, str) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(call, Mapping) and isinstance(function, Mapping):
            arguments, _ = parse_arguments(function.get("arguments"))
            known = arguments if isinstance(arguments, Mapping) else {}
            blocks.append(
                {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": known}
            )
    return blocks


def _block(part: Json) -> Json:
    """A part of a chat message; an image given by URL or data URI is translated."""
    if not isinstance(part, Mapping) or part.get("type") != "image_url":
        return part
    image = part.get("image_url")
    url = str(image.get("url") if isinstance(image, Mapping) else image)
    if not url.startswith("data:"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    head, _, data = url.removeprefix("data:").partition(",")
    media_type = head.partition(";")[0]
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def _compact(turn: dict[str, Json]) -> dict[str, Json]:
    """A turn of one text block as plain text."""
    blocks = turn["content"]
    if isinstance(blocks, list) and len(blocks) == 1:
        only = blocks[0]
        if isinstance(only, Mapping) and only.get("type") == "text" and set(only) == {"type", "text"}:
            return {"role": turn["role"], "content": only["text"]}
    return turn


def _plain_text(content: Json) -> str:
    if isinstance(content, Sequence) and not isinstance(content, str):
        return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return as_text(content)
