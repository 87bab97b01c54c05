"""Logs of Inspect with tools: the conversation, with the times and errors of its events."""

from __future__ import annotations

from typing import Any

from tests.traces.importers.conftest import Import


def model_event(start: str, end: str, **usage: int) -> dict[str, Any]:
    times = {"timestamp": f"2025-05-12T20:28:{start}+00:00", "completed": f"2025-05-12T20:28:{end}+00:00"}
    output = {"model": "gpt-4o-mini", "choices": [], "usage": usage}
    return {"event": "model", "model": "openai/gpt-4o-mini", "input": [], "output": output, **times}


def log() -> dict[str, Any]:
    call = {"id": "call_1", "function": "look_up", "arguments": {"order": 7}, "type": "function"}
    messages = [
        {"role": "user", "content": "Where is order 7?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "function": "look_up", "content": "",
         "error": {"type": "timeout", "message": "took too long"}},
        {"role": "assistant", "content": "I cannot say."},
    ]  # fmt: skip
    events = [
        model_event("13.0", "14.0", input_tokens=10, output_tokens=2, total_tokens=12),
        {"event": "tool", "id": "call_1", "function": "look_up", "arguments": {"order": 7}, "result": "",
         "error": {"type": "timeout", "message": "took too long"},
         "timestamp": "2025-05-12T20:28:14.0+00:00", "completed": "2025-05-12T20:28:16.5+00:00"},
        model_event("16.5", "17.0", input_tokens=30, output_tokens=5, total_tokens=35),
    ]  # fmt: skip
    score = {"value": "I", "answer": "", "explanation": "It was late."}
    sample = {
        "id": 1, "epoch": 1, "input": "Where is order 7?", "target": "late", "messages": messages,
        "output": {"model": "gpt-4o-mini", "choices": [{"message": messages[-1], "stop_reason": "stop"}]},
        "scores": {"match": score}, "events": events, "working_time": 4.0,
        "model_usage": {"openai/gpt-4o-mini": {"input_tokens": 40, "output_tokens": 7, "total_tokens": 47}},
    }  # fmt: skip
    spec = {
        "task": "orders",
        "model": "openai/gpt-4o-mini",
        "created": "2025-05-12T20:28:12+00:00",
        "dataset": {},
    }
    return {"version": 2, "status": "success", "eval": spec, "samples": [sample]}


def test_steps_have_the_times_errors_and_tokens_of_their_events(take: Import) -> None:
    found = take(log(), "inspect")
    assert [(row.kind, row.tool) for row in found.rows] == [
        ("agent", ""), ("llm", ""), ("tool", "look_up"), ("llm", ""),
    ]  # fmt: skip
    root, first, tool, second = found.rows
    assert (root.input_tokens, root.output_tokens) == (40, 7)
    assert [(row.input_tokens, row.output_tokens) for row in (first, second)] == [(10, 2), (30, 5)]
    assert [row.duration_us for row in (first, tool, second)] == [1_000_000, 2_500_000, 500_000]
    assert tool.error == "timeout: took too long"
    assert None not in (first.start_us, tool.start_us, second.start_us)
    (score,) = found.scores
    assert (score.name, score.value, score.explanation) == ("match", 0.0, "It was late.")
