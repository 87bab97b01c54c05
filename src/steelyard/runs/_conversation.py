"""One sample: a single answer, a scripted conversation, or a simulated user.

A conversation is one sample, whatever its length: its turns depend on one another, so they are never
counted as observations of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from steelyard.core import (
    BugError,
    Case,
    Fault,
    Json,
    Message,
    Output,
    Scenario,
    Usage,
    canonical_json,
)
from steelyard.targets import Caller, Request

GOAL_REACHED = "[GOAL REACHED]"

_PERSONA = """You play a user who talks to an assistant. Stay in this role; never speak as the assistant.

Who you are: {persona}
What you want: {goal}

Write only the user's next message. Do not reveal everything at once. When you have got what you want,
or it is clear that you cannot get it, answer with exactly {marker} and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Plays the samples of a run against its target."""

    caller: Caller
    """Calls the system under test."""
    simulator: Caller | None
    """Who plays the persona of scenarios."""
    attachment: Callable[[str], bytes]
    """Reads an attachment's bytes by its SHA-256."""

    async def play(self, case: Case, epoch: int, *, seed: int | None) -> Output:
        """The output of one sample; faults of the target or the infrastructure are inside it."""
        first = Request(case=case, epoch=epoch, seed=seed, attachment=self.attachment)
        if self.caller.target.info.recorded:
            return await self.caller.call(first)
        if case.scenario is not None:
            return await self._play_scenario(first, case.scenario)
        if case.turns:
            return await self._play_turns(first)
        return await self.caller.call(first)

    async def _play_turns(self, first: Request) -> Output:
        talk = _Conversation(opening_messages(first.case))
        if talk.awaits_answer and not await talk.ask(self.caller, first):
            return talk.output()
        for message, following in _pairs(first.case.turns):
            talk.say(message)
            wanted = message.get("role", "user") != "system" and not (
                following is not None and message.get("role") == following.get("role") == "tool"
            )
            if wanted and not await talk.ask(self.caller, first):
                break
        return talk.output()

    async def _play_scenario(self, first: Request, scenario: Scenario) -> Output:
        if self.simulator is None:
            raise BugError("a scenario was planned without a simulator", where=first.case.id)
        talk = _Conversation(opening_messages(first.case))
        ended = "max_turns"
        turns = 0
        if talk.awaits_answer:
            turns = 1
            if not await talk.ask(self.caller, first):
                return talk.output(ended="fault", user_turns=turns)
        while turns < scenario.max_turns:
            line = await self._user_line(first, scenario, talk)
            if line is None:
                ended = "fault"
                break
            if GOAL_REACHED in line:
                ended = "goal"
                break
            talk.say({"role": "user", "content": line})
            turns += 1
            if not await talk.ask(self.caller, first):
                ended = "fault"
                break
        return talk.output(ended=ended, user_turns=turns)

    async def _user_line(self, first: Request, scenario: Scenario, talk: _Conversation) -> str | None:
        """What the persona says next; None when the simulator failed, which is then the talk's fault."""
        if self.simulator is None:
            return None
        seen = persona_messages(scenario, talk.messages)
        spoken = await self.simulator.call(replace(first, messages=seen))
        talk.cost_usd = _add(talk.cost_usd, spoken.cost_usd)
        if spoken.fault is None and spoken.text.strip():
            return spoken.text.strip()
        why = spoken.fault.message if spoken.fault else "it said nothing"
        talk.fault = Fault(
            owner="infrastructure", kind="simulator", message=f"the simulated user failed: {why}"
        )
        return None


def opening_messages(case: Case) -> list[Message]:
    """The messages that stand before the first scripted or simulated turn.

    An input that is a list of messages opens the conversation as it is; text is the user's first
    message; an object is shown as its canonical JSON.
    """
    if case.input is None:
        return []
    if isinstance(case.input, Sequence) and not isinstance(case.input, str):
        return [item for item in case.input if isinstance(item, dict)]
    text = case.input if isinstance(case.input, str) else canonical_json(case.input)
    return [{"role": "user", "content": text}]


def persona_messages(scenario: Scenario, messages: Sequence[Message]) -> list[Message]:
    """The conversation as the simulated user sees it: its own lines as the assistant's, and the reverse."""
    system = _PERSONA.format(persona=scenario.persona, goal=scenario.goal, marker=GOAL_REACHED)
    seen: list[Message] = [{"role": "system", "content": system}]
    swapped = {"user": "assistant", "assistant": "user"}
    spoken = [message for message in messages if message.get("role") in swapped]
    if not spoken or spoken[0].get("role") == "user":
        seen.append({"role": "user", "content": "(The conversation begins. Write the first message.)"})
    seen += [
        {"role": swapped[str(message["role"])], "content": message.get("content") or ""} for message in spoken
    ]
    return seen


@dataclass(slots=True)
class _Conversation:
    """The messages so far, and what they took."""

    messages: list[Message]
    answers: list[Output] = field(default_factory=list)
    cost_usd: float | None = None
    fault: Fault | None = None

    @property
    def awaits_answer(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("role", "user") in ("user", "tool")

    def say(self, message: Message) -> None:
        self.messages.append(message if "role" in message else {"role": "user", **message})

    async def ask(self, caller: Caller, first: Request) -> bool:
        """Let the target answer; False when it could not, which ends the conversation."""
        output = await caller.call(replace(first, messages=tuple(self.messages)))
        self.answers.append(output)
        self.cost_usd = _add(self.cost_usd, output.cost_usd)
        if output.fault is not None:
            self.fault = output.fault
            return False
        answer: dict[str, Json] = {"role": "assistant", "content": output.text}
        if output.detail.get("tool_calls"):
            answer["tool_calls"] = output.detail["tool_calls"]
        self.messages.append(answer)
        return True

    def output(self, **detail: Json) -> Output:
        """The whole as one output: the last answer, with sums over all calls."""
        last = self.answers[-1] if self.answers else Output()
        latencies = [item.latency_s for item in self.answers if item.latency_s is not None]
        return replace(
            last,
            fault=self.fault,
            latency_s=sum(latencies) if latencies else None,
            first_token_s=self.answers[0].first_token_s if self.answers else None,
            cost_usd=self.cost_usd,
            usage=_sum_usage([item.usage for item in self.answers]),
            trace=tuple(span for item in self.answers for span in item.trace),
            detail={**last.detail, "messages": list(self.messages), **detail},
            attempts=sum(item.attempts for item in self.answers) or 1,
            cached=bool(self.answers) and all(item.cached for item in self.answers),
        )


def _pairs(turns: Sequence[Message]) -> list[tuple[Message, Message | None]]:
    return list(zip(turns, [*turns[1:], None], strict=True))


def _sum_usage(parts: Sequence[Usage]) -> Usage:
    def total(counts: list[int | None]) -> int | None:
        known = [count for count in counts if count is not None]
        return sum(known) if known else None

    return Usage(
        input_tokens=total([part.input_tokens for part in parts]),
        output_tokens=total([part.output_tokens for part in parts]),
        cached_tokens=total([part.cached_tokens for part in parts]),
        reasoning_tokens=total([part.reasoning_tokens for part in parts]),
    )


def _add(total: float | None, more: float | None) -> float | None:
    return total if more is None else (total or 0.0) + more
