"""Which of a conversation's tool messages answers which call."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from steelyard.core import Json


class ToolReplies:
    """The tool messages of a conversation, handed out by the id of the call they answer.

    Some recorders use an id again: the answers to it come in the order of the calls.
    """

    def __init__(self, messages: Sequence[Mapping[str, Json]]) -> None:
        self._waiting: dict[str, deque[Mapping[str, Json]]] = {}
        for message in messages:
            if message.get("role") == "tool":
                self._waiting.setdefault(str(message.get("tool_call_id")), deque()).append(message)

    def take(self, call_id: Json) -> Mapping[str, Json]:
        """The first answer to this id that no call has had; empty when there is none."""
        waiting = self._waiting.get(str(call_id))
        return waiting.popleft() if waiting else {}
