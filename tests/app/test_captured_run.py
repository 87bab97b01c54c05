"""A run keeps the spans that its Python target leaves, without any server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Steelyard, write_lines

BOT = '''
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from opentelemetry import context, trace

import steelyard
from steelyard.traces.capture import with_context


@steelyard.trace(kind="tool")
def look_up(order):
    if order == "7":
        raise LookupError("no order 7; the key is hush-hush-hush")
    return {"order": order, "state": "late"}


@steelyard.trace(kind="llm")
def model(messages):
    steelyard.current_span().add(model="gpt-4o-mini", input_tokens=1200, output_tokens=88)
    return "It is late."


@steelyard.trace("clerk", kind="agent")
def answer(text):
    steelyard.current_span().add(input_tokens=1200, output_tokens=88)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(with_context(look_up), [text]))
    return model([{"role": "user", "content": text}])


async def later(text):
    """Spans of another instrumentation, one of them on a thread that takes only its context along."""
    tracer = trace.get_tracer("another")
    with tracer.start_as_current_span("chat", attributes={
        "llm.model_name": "gpt-4o-mini", "llm.token_count.prompt": 10, "llm.token_count.completion": 5,
    }):
        held = context.get_current()

        def work():
            tracer.start_span("on a thread", held).end()

        thread = threading.Thread(target=work)
        thread.start()
        await asyncio.to_thread(thread.join)
    with steelyard.trace(f"own {text}"):
        await asyncio.sleep(0.01)
    return "It is late."


def brings_its_own(text):
    with steelyard.trace("left out"):
        pass
    own = [{"name": "mine", "kind": "tool"}]
    return {"output": "It is late.", "trace": own, "usage": {"input_tokens": 1}}


def plain(text):
    return "It is late."
'''


@pytest.fixture
def run(tmp_path: Path, steelyard: Steelyard, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a function of the bot over the cases; the outputs by case."""
    name = f"bot_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(BOT, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("SHOP_API_KEY", "hush-hush-hush")
    write_lines(
        tmp_path / "cases.jsonl",
        [{"id": f"c{n}", "input": str(n), "expected": "It is late."} for n in (3, 5, 7)],
    )
    assert steelyard("bench", "add", "orders", "cases.jsonl").code == 0

    def call(function: str, *arguments: str) -> dict[str, Any]:
        answer = steelyard("run", "orders", "--target", f"python:{name}:{function}", *arguments)
        assert answer.code == 0, answer.err
        assert steelyard("runs", "export", "latest", "-o", f"{function}.jsonl").code == 0
        lines = (tmp_path / f"{function}.jsonl").read_text(encoding="utf-8").splitlines()
        return {row["id"]: row for row in map(json.loads, lines)}

    return call


def test_the_spans_of_each_sample_are_its_trace(run: Any) -> None:
    found = run("answer", "--metric", "exact_match", "--metric", "tokens", "--metric", "cost")
    good = found["c3"]
    assert [(span["name"], span["kind"]) for span in good["trace"]] == [
        ("clerk", "agent"),
        ("look_up", "tool"),
        ("gpt-4o-mini", "llm"),
    ]
    agent, tool, model = good["trace"]
    assert tool["parent_id"] == model["parent_id"] == agent["span_id"]
    assert (tool["input"], tool["output"]) == ({"order": "3"}, {"order": "3", "state": "late"})
    assert model["input"] == [{"content": "3", "role": "user"}]
    assert all(0 <= span["duration_s"] < 5 for span in good["trace"])
    # The agent repeats its call's tokens; gpt-4o-mini: USD 0.15 and 0.60 a million tokens.
    assert good["usage"] == {"input_tokens": 1200, "output_tokens": 88}
    assert good["cost_usd"] == pytest.approx(1200 * 0.15e-6 + 88 * 0.60e-6)
    assert good["scores"]["exact_match"] == 1
    bad = found["c7"]
    assert [span["name"] for span in bad["trace"]] == ["clerk", "look_up"]
    assert bad["trace"][1]["error"].startswith("LookupError: no order 7")
    assert "hush" not in str(bad)


def test_samples_at_once_stay_apart_and_other_instrumentations_count(run: Any) -> None:
    found = run("later", "--max-connections", "3")
    for case, text in (("c3", "3"), ("c5", "5"), ("c7", "7")):
        names = [span["name"] for span in found[case]["trace"]]
        assert names == ["gpt-4o-mini", "on a thread", f"own {text}"]
        assert found[case]["usage"] == {"input_tokens": 10, "output_tokens": 5}


def test_what_the_answer_says_itself_stands(run: Any) -> None:
    found = run("brings_its_own")
    assert [span["name"] for span in found["c3"]["trace"]] == ["mine"]
    assert found["c3"]["usage"] == {"input_tokens": 1}
    assert "trace" not in run("plain")["c3"]
