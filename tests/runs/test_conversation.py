from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, Fault, Message, Output, Scenario, Span, Usage, UsageError
from steelyard.runs import RunHooks, RunRecord
from steelyard.runs._conversation import GOAL_REACHED
from steelyard.store import Store
from steelyard.targets import Caller, Request

Add = Callable[[Iterable[Case]], BenchmarkVersion]
Start = Callable[..., RunRecord]
CallerOf = Callable[..., Caller]


def _only_output(store: Store, run: RunRecord) -> Output:
    (sample,) = store.samples(run.id)
    return sample.output


def _talk(output: Output) -> list[tuple[object, object]]:
    messages = output.detail["messages"]
    assert isinstance(messages, Sequence)
    return [(item["role"], item["content"]) for item in messages if isinstance(item, dict)]


def _count_turns(request: Request) -> Output:
    return Output(
        value=f"answer {len(request.messages)}",
        latency_s=0.5,
        first_token_s=0.1,
        cost_usd=0.25,
        usage=Usage(input_tokens=10, output_tokens=2),
        trace=(Span(name="call"),),
    )


def test_scripted_turns_are_played_one_after_another(add: Add, start: Start, store: Store) -> None:
    turns: tuple[Message, ...] = ({"role": "user", "content": "hello"}, {"role": "user", "content": "and?"})
    run = start(add([Case(id="a", turns=turns, expected="answer 3")]), _count_turns)
    output = _only_output(store, run)
    assert output.value == "answer 3"
    assert _talk(output) == [
        ("user", "hello"),
        ("assistant", "answer 1"),
        ("user", "and?"),
        ("assistant", "answer 3"),
    ]
    assert (output.latency_s, output.cost_usd, output.attempts) == (1.0, 0.5, 2)
    assert (output.usage.input_tokens, output.usage.output_tokens, len(output.trace)) == (20, 4, 2)
    assert output.first_token_s == 0.1
    assert store.totals(run.id).samples == 1


def test_text_input_opens_the_conversation_and_is_answered_first(
    add: Add, start: Start, store: Store
) -> None:
    run = start(add([Case(id="a", input="hi", turns=({"content": "more"},))]), _count_turns)
    assert [content for _, content in _talk(_only_output(store, run))] == [
        "hi",
        "answer 1",
        "more",
        "answer 3",
    ]


def test_input_messages_open_the_conversation_as_they_are(add: Add, start: Start, store: Store) -> None:
    opening: list[dict[str, str]] = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
    ]
    run = start(add([Case(id="a", input=opening, turns=({"content": "more"},))]), _count_turns)
    roles = [role for role, _ in _talk(_only_output(store, run))]
    assert roles == ["system", "user", "assistant", "user", "assistant"]


def test_tool_results_are_sent_together(add: Add, start: Start, store: Store) -> None:
    turns: tuple[Message, ...] = (
        {"role": "user", "content": "weather?"},
        {"role": "tool", "content": "sun", "tool_call_id": "1"},
        {"role": "tool", "content": "rain", "tool_call_id": "2"},
    )

    def answer(request: Request) -> Output:
        asks = len(request.messages) == 1
        detail = {"tool_calls": [{"id": "1"}, {"id": "2"}]} if asks else {}
        return Output(value="" if asks else "mixed", detail=detail)

    run = start(add([Case(id="a", turns=turns, expected="mixed")]), answer)
    output = _only_output(store, run)
    assert [role for role, _ in _talk(output)] == ["user", "assistant", "tool", "tool", "assistant"]
    messages = output.detail["messages"]
    assert isinstance(messages, list)
    assert messages[1]["tool_calls"] == [{"id": "1"}, {"id": "2"}]
    assert output.value == "mixed"


def test_a_fault_ends_the_conversation(add: Add, start: Start, store: Store) -> None:
    def answer(request: Request) -> Output:
        if len(request.messages) > 1:
            return Output(fault=Fault(owner="target", kind="timeout", message="too slow"), latency_s=3.0)
        return _count_turns(request)

    turns: tuple[Message, ...] = ({"content": "one"}, {"content": "two"}, {"content": "three"})
    run = start(add([Case(id="a", turns=turns)]), answer)
    output = _only_output(store, run)
    assert output.fault is not None
    assert (output.fault.owner, output.latency_s) == ("target", 3.5)
    assert [role for role, _ in _talk(output)] == ["user", "assistant", "user"]


def test_a_scenario_is_played_until_the_goal_is_reached(
    add: Add, start: Start, store: Store, caller_of: CallerOf
) -> None:
    seen: list[list[Message]] = []

    def user(request: Request) -> Output:
        seen.append(list(request.messages))
        lines = ["I want a refund", "order 7", f"Thanks. {GOAL_REACHED}"]
        return Output(value=lines[len(seen) - 1], cost_usd=0.01)

    scenario = Scenario(persona="a hurried customer", goal="get a refund", max_turns=5)
    run = start(
        add([Case(id="a", scenario=scenario, expected="answer 3")]),
        _count_turns,
        hooks=RunHooks(simulator=caller_of(user)),
    )
    output = _only_output(store, run)
    assert [content for _, content in _talk(output)] == ["I want a refund", "answer 1", "order 7", "answer 3"]
    assert (output.detail["ended"], output.detail["user_turns"]) == ("goal", 2)
    assert output.cost_usd == pytest.approx(0.53)
    assert output.latency_s == 1.0
    first = seen[0]
    assert "a hurried customer" in str(first[0]["content"])
    assert "get a refund" in str(first[0]["content"])
    assert [message["role"] for message in seen[1]][1:] == ["user", "assistant", "user"]
    assert seen[1][-1]["content"] == "answer 1"


def test_a_scenario_ends_after_its_last_turn(
    add: Add, start: Start, store: Store, caller_of: CallerOf
) -> None:
    scenario = Scenario(persona="p", goal="g", max_turns=3)
    run = start(
        add([Case(id="a", scenario=scenario)]),
        _count_turns,
        hooks=RunHooks(simulator=caller_of(lambda request: Output(value="more"))),
    )
    output = _only_output(store, run)
    assert (output.detail["ended"], output.detail["user_turns"]) == ("max_turns", 3)
    assert len(_talk(output)) == 6


def test_a_failing_simulator_leaves_the_sample_missing(
    add: Add, start: Start, store: Store, caller_of: CallerOf
) -> None:
    fault = Fault(owner="target", kind="timeout", message="too slow")
    run = start(
        add([Case(id="a", scenario=Scenario(persona="p", goal="g"))]),
        _count_turns,
        hooks=RunHooks(simulator=caller_of(lambda request: Output(fault=fault))),
    )
    output = _only_output(store, run)
    assert output.fault is not None
    assert (output.fault.owner, output.fault.kind) == ("infrastructure", "simulator")
    assert run.status == "partial"


def test_a_scenario_without_a_simulator_is_refused_before_anything_is_stored(
    add: Add, start: Start, store: Store
) -> None:
    version = add([Case(id="a", scenario=Scenario(persona="p", goal="g"))])
    with pytest.raises(UsageError, match="case 'a' has a scenario"):
        start(version, _count_turns)
    assert store.list_runs() == []


def test_recorded_answers_are_taken_as_they_are(
    add: Add, start: Start, store: Store, target_of: Callable[..., object]
) -> None:
    turns: tuple[Message, ...] = ({"content": "one"}, {"content": "two"})
    version = add([Case(id="a", turns=turns, expected="x")])
    run = start(version, target_of(lambda request: Output(value="x"), recorded=True))
    assert _only_output(store, run) == Output(value="x")
