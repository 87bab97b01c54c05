from __future__ import annotations

import pytest

from steelyard.core import Json, Output, Span, Usage
from steelyard.metrics.agent import busy_seconds, compact, trajectory


def _tool(name: str = "t", **fields: Json) -> dict[str, Json]:
    return {"name": name, "kind": "tool", **fields}


def test_spans_become_steps_with_agents_and_figures() -> None:
    spans = (
        Span(name="planner", kind="agent", span_id="a"),
        Span(
            name="m",
            kind="llm",
            span_id="b",
            parent_id="a",
            duration_s=2.0,
            attributes={"gen_ai.usage.input_tokens": 10, "usage": {"output_tokens": 4}, "cost_usd": 0.5},
        ),
        Span(name="booker", kind="agent", span_id="c", parent_id="a"),
        Span(name="group", kind="step", span_id="d", parent_id="c"),
        Span(name="book", kind="tool", span_id="e", parent_id="d", input='{"day": 1}', output="Error: full"),
        Span(name="look", kind="tool", input={"q": 1}, attributes={"agent": "searcher"}),
    )
    found = trajectory(Output(value="done", trace=spans))
    assert [(step.kind, step.name, step.agent) for step in found.steps] == [
        ("model", "m", "planner"),
        ("tool", "book", "booker"),
        ("tool", "look", "searcher"),
    ]
    assert found.calls[0].arguments == {"day": 1}
    assert found.calls[0].error == "Error: full"
    assert (found.input_tokens, found.output_tokens, found.cost_usd) == (10, 4, 0.5)
    assert found.tokens == 14
    assert found.agents == ("planner", "booker", "searcher")


@pytest.mark.parametrize(
    "messages",
    [
        [
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": "Let me see.",
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": '{"a": 1}'}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "Error: no"},
        ],
        [
            {"role": "assistant", "content": "x", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
            {"role": "tool", "content": '{"error": "Error: no"}'},
        ],
        [
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "1", "is_error": True, "content": "Error: no"}
                ],
            },
        ],
    ],
)
def test_chat_messages_of_every_shape_give_the_same_call(messages: Json) -> None:
    found = trajectory(Output(value="", detail={"messages": messages}))
    assert found.source == "messages"
    (call,) = found.calls
    assert (call.name, call.arguments, call.error) == ("f", {"a": 1}, "Error: no")
    assert len(found.model_calls) == 1


def test_messages_add_model_calls_to_a_trace_that_has_only_tools() -> None:
    messages: Json = [
        {"role": "assistant", "tool_calls": [{"id": "1", "name": "f", "arguments": {}}]},
        {"role": "assistant", "content": "done"},
    ]
    span = Span(name="f", kind="tool", duration_s=0.5, attributes={"agent": "worker"})
    found = trajectory(Output(value="done", trace=(span,), detail={"messages": messages}))
    assert [step.kind for step in found.steps] == ["model", "tool", "model"]
    assert [step.number for step in found.steps] == [1, 2, 3]
    assert (found.calls[0].agent, found.calls[0].duration_s) == ("worker", 0.5)


def test_unknown_figures_are_none() -> None:
    found = trajectory(Output(value="x", trace=(Span(name="f", kind="tool", duration_s=-1.0),)))
    assert (found.latency_s, found.tokens, found.cost_usd) == (None, None, None)
    assert found.calls[0].duration_s is None
    assert trajectory(Output(value="x", usage=Usage(input_tokens=3))).tokens is None
    assert trajectory(Output()).source == "none"


def test_parents_that_form_a_cycle_or_are_missing_end() -> None:
    spans = (
        Span(name="a", kind="tool", span_id="1", parent_id="2"),
        Span(name="b", kind="tool", span_id="2", parent_id="1"),
        Span(name="c", kind="tool", span_id="3", parent_id="3"),
        Span(name="d", kind="tool", span_id="4", parent_id="nowhere"),
    )
    assert [step.agent for step in trajectory(Output(value="", trace=spans)).steps] == ["agent"] * 4


def test_ten_thousand_nested_steps_with_huge_arguments_are_read_and_compacted() -> None:
    spans = (
        Span(name="root", kind="agent", span_id="0"),
        *(
            Span(name="f", kind="tool", span_id=str(at), parent_id=str(at - 1), input={"text": "x" * 1_000})
            for at in range(1, 10_000)
        ),
        Span(name="last", kind="tool", error="it broke", input={}),
    )
    found = trajectory(Output(value="", trace=spans))
    assert len(found.calls) == 10_000
    assert found.steps[9_998].agent == "root"
    text = compact(found, most_characters=4_000)
    assert len(text) <= 4_000
    assert text.startswith("1. root: calls f(")
    assert text.endswith("calls last({}) failed: it broke")
    assert "steps left out …]" in text


def test_compaction_keeps_ends_errors_and_calls_before_talk() -> None:
    messages: list[Json] = [{"role": "assistant", "content": "talk " * 100} for _ in range(60)]
    calls: Json = [{"id": "1", "name": "pay", "arguments": {"sum": 7}}]
    messages.insert(30, {"role": "assistant", "content": None, "tool_calls": calls})
    messages.insert(31, {"role": "tool", "tool_call_id": "1", "content": "Error: declined"})
    found = trajectory(Output(value="", detail={"messages": messages}))
    text = compact(found, most_characters=2_500)
    assert 'calls pay({"sum":7}) failed: Error: declined' in text
    assert text.startswith("1. says: talk")
    assert text.splitlines()[-1].startswith("62. says")
    assert len(text) <= 2_500
    assert compact(found, most_characters=10**6).count("\n") == 61


def test_steps_side_by_side_count_once() -> None:
    spans = (
        Span(name="m", kind="llm", start_s=0.0, duration_s=2.0),
        Span(name="m", kind="llm", start_s=1.0, duration_s=2.0),
        Span(name="m", kind="llm", start_s=10.0, duration_s=1.0),
    )
    found = trajectory(Output(value="", trace=spans))
    assert busy_seconds(found.steps) == pytest.approx(4.0)  # 0 to 3, and 10 to 11
    assert found.latency_s == 11.0
    assert busy_seconds(()) is None
