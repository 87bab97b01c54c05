"""A trajectory: an output's trace read as the steps of an agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from steelyard.core import Json, Output, Span
from steelyard.metrics._answer import is_list
from steelyard.metrics.agent._arguments import parsed
from steelyard.metrics.agent._messages import message_steps
from steelyard.metrics.agent._result_error import result_error
from steelyard.metrics.agent._step import NO_AGENT, Step, StepKind

_KINDS: Mapping[str, StepKind] = {"llm": "model", "tool": "tool"}
_CONVERSATIONS = ("messages", "conversation")

Source = Literal["trace", "messages", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """What an agent did, step by step; the same view for every metric."""

    steps: tuple[Step, ...]
    """Model calls, tool calls and other work, oldest first; agents and enclosing steps are no work."""
    source: Source
    """Where the steps were read: the trace, the chat messages in `detail`, or nowhere."""
    latency_s: float | None = None
    """Seconds of the whole answer; None where neither output nor trace says."""
    input_tokens: int | None = None
    """Tokens read by all model calls."""
    output_tokens: int | None = None
    """Tokens written by all model calls."""
    cost_usd: float | None = None
    """US dollars for all model calls."""

    @property
    def calls(self) -> tuple[Step, ...]:
        """Tool calls, in order; a call's place here, from 1, is what metrics call its step."""
        return tuple(step for step in self.steps if step.kind == "tool")

    @property
    def model_calls(self) -> tuple[Step, ...]:
        """Model calls, in order."""
        return tuple(step for step in self.steps if step.kind == "model")

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of the agents, in the order of their first step."""
        return tuple(dict.fromkeys(step.agent for step in self.steps))

    @property
    def tokens(self) -> int | None:
        """Tokens read and written; None where one is unknown."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens


def trajectory(output: Output) -> Trajectory:
    """The steps of an output.

    They are read from the canonical spans of its trace; where there are none, or where the trace has no
    model call and the chat messages in `detail` (`messages` or `conversation`, in the shape of OpenAI or
    of Anthropic) tell the same tool calls, from the messages. Unknown figures are None, never 0.
    """
    steps = _span_steps(output)
    source: Source = "trace" if steps else "none"
    if not any(step.kind == "model" for step in steps):
        spoken = next(
            (found for key in _CONVERSATIONS if (found := message_steps(output.detail.get(key)))), ()
        )
        if spoken and _count(spoken) >= _count(steps):
            steps, source = _timed(spoken, steps), "messages"
    return Trajectory(
        steps=tuple(steps),
        source=source,
        latency_s=output.latency_s if output.latency_s is not None else _extent(output),
        input_tokens=_known(output.usage.input_tokens, [step.input_tokens for step in steps]),
        output_tokens=_known(output.usage.output_tokens, [step.output_tokens for step in steps]),
        cost_usd=output.cost_usd
        if output.cost_usd is not None
        else _total([step.cost_usd for step in steps]),
    )


def _span_steps(output: Output) -> list[Step]:
    spans = output.trace
    by_id = {span.span_id: span for span in spans if span.span_id}
    parents = {span.parent_id for span in spans if span.parent_id}
    agents = _agents(by_id)
    steps: list[Step] = []
    for span in spans:
        if span.kind == "agent" or (span.kind not in _KINDS and span.span_id in parents):
            continue
        steps.append(_step(span, len(steps) + 1, _agent(span, agents)))
    return steps


def _step(span: Span, number: int, agent: str) -> Step:
    kind = _KINDS.get(span.kind, "other")
    return Step(
        number=number,
        kind=kind,
        name=span.name,
        agent=agent,
        arguments=parsed(span.input) if kind == "tool" else span.input,
        result=span.output,
        error=span.error or (result_error(span.output) if kind == "tool" else ""),
        start_s=span.start_s,
        duration_s=span.duration_s if span.duration_s is not None and span.duration_s >= 0 else None,
        input_tokens=_tokens(span, "input"),
        output_tokens=_tokens(span, "output"),
        cost_usd=_number(span.attributes, ("cost_usd", "gen_ai.usage.cost", "cost")),
    )


def _agents(by_id: Mapping[str, Span]) -> dict[str, str]:
    """The agent that each span works for; parents may be missing, form a cycle, or be very many."""
    found: dict[str, str] = {}
    for start in by_id:
        chain: list[str] = []
        seen: set[str] = set()
        at, name = start, NO_AGENT
        while at in by_id and at not in seen:
            if at in found:
                name = found[at]
                break
            seen.add(at)
            chain.append(at)
            if own := _own_agent(by_id[at]):
                name = own
                break
            at = by_id[at].parent_id
        found.update(dict.fromkeys(chain, name))
    return found


def _agent(span: Span, agents: Mapping[str, str]) -> str:
    return _own_agent(span) or agents.get(span.span_id) or agents.get(span.parent_id) or NO_AGENT


def _own_agent(span: Span) -> str:
    for key in ("gen_ai.agent.name", "agent", "agent_name"):
        name = span.attributes.get(key)
        if isinstance(name, str) and name:
            return name
    return span.name if span.kind == "agent" else ""


def _timed(spoken: list[Step] | tuple[Step, ...], traced: list[Step]) -> list[Step]:
    """Steps of messages; where the trace tells the same calls, its times, errors and agents stand."""
    calls = [step for step in traced if step.kind == "tool"]
    told = [step for step in spoken if step.kind == "tool"]
    if [call.name for call in calls] != [call.name for call in told]:
        return list(spoken)
    rest = iter(calls)
    return [next(rest).numbered(step.number) if step.kind == "tool" else step for step in spoken]


def _count(steps: list[Step] | tuple[Step, ...]) -> int:
    return sum(step.kind == "tool" for step in steps)


def _extent(output: Output) -> float | None:
    """From the first start to the last end of the trace; None unless some span has both."""
    timed = [
        (span.start_s, span.start_s + span.duration_s)
        for span in output.trace
        if span.start_s is not None and span.duration_s is not None and span.duration_s >= 0
    ]
    if not timed:
        return None
    return max(end for _, end in timed) - min(start for start, _ in timed)


def _tokens(span: Span, way: str) -> int | None:
    """Tokens of a model call under the names of OpenTelemetry (gen_ai), of OpenAI and of Steelyard."""
    usage = span.attributes.get("usage")
    other = "prompt_tokens" if way == "input" else "completion_tokens"
    names = (f"{way}_tokens", f"gen_ai.usage.{way}_tokens", other)
    for row in (span.attributes, usage):
        if isinstance(row, Mapping) and not is_list(row):
            value = _number(row, names)
            if value is not None:
                return int(value)
    return None


def _number(row: Mapping[str, Json], names: tuple[str, ...]) -> float | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e18:
            return float(value)
    return None


def _known(whole: int | None, parts: list[int | None]) -> int | None:
    if whole is not None:
        return whole
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _total(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
