"""What a step may be, and how the conventions say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from steelyard.core import Json, UsageError
from steelyard.traces._clean import clean_text

StepKind = Literal[
    "step", "chain", "agent", "llm", "tool", "retriever", "embedding", "reranker", "guardrail", "evaluator"
]

_KINDS: Mapping[str, StepKind] = {kind: kind for kind in get_args(StepKind)}
_OPERATIONS = {
    "agent": "invoke_agent",
    "llm": "chat",
    "tool": "execute_tool",
    "retriever": "retrieval",
    "embedding": "embeddings",
}
_NAMED = {"tool": "gen_ai.tool.name", "agent": "gen_ai.agent.name"}


def checked_kind(kind: str) -> StepKind:
    """The kind, known; raises UsageError."""
    if kind in _KINDS:
        return _KINDS[kind]
    raise UsageError(
        f"'{kind}' is no kind of step", where="steelyard.trace", hint=f"Known: {', '.join(_KINDS)}"
    )


@lru_cache(maxsize=1024)
def kind_attributes(kind: StepKind, name: str) -> Mapping[str, str]:
    """How OpenTelemetry GenAI and OpenInference say what a step is."""
    told = {"openinference.span.kind": "CHAIN" if kind == "step" else kind.upper()}
    if kind in _OPERATIONS:
        told["gen_ai.operation.name"] = _OPERATIONS[kind]
    if kind in _NAMED:
        told[_NAMED[kind]] = name
    return told


@dataclass(frozen=True, slots=True)
class ContentNames:
    """Under which attributes a kind of step has its input and output."""

    input: str
    """What went in."""
    output: str
    """What came out."""
    typed: bool
    """Whether a media type stands beside it."""


_TOOL = ContentNames("gen_ai.tool.call.arguments", "gen_ai.tool.call.result", typed=False)
_VALUES = ContentNames("input.value", "output.value", typed=True)
_MESSAGES = ContentNames("gen_ai.input.messages", "gen_ai.output.messages", typed=False)


def content_names(kind: StepKind, value: Json) -> ContentNames:
    """The names for a value that goes into or comes out of a step of this kind."""
    if kind == "tool":
        return _TOOL
    return _MESSAGES if kind == "llm" and _is_messages(value) else _VALUES


def _is_messages(value: Json) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and "role" in item for item in value)
    )


def attribute_name(word: str) -> str:
    """The conventions' name for one of our words; any other name as it is."""
    return _WORDS.get(word) or clean_text(word)[:200]


_WORDS = {
    "model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "provider": "gen_ai.provider.name",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "cost_usd": "gen_ai.usage.cost",
    "first_token_s": "gen_ai.response.time_to_first_chunk",
    "finish_reasons": "gen_ai.response.finish_reasons",
    "response_id": "gen_ai.response.id",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "max_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
    "tool": "gen_ai.tool.name",
    "tool_call_id": "gen_ai.tool.call.id",
    "agent": "gen_ai.agent.name",
    "prompt": "gen_ai.prompt.name",
    "prompt_version": "gen_ai.prompt.version",
    "user": "user.id",
    "session": "session.id",
    "slice": "steelyard.slice",
    "tags": "tag.tags",
    "metadata": "metadata",
}
