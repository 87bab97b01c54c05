from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steelyard.core import Case
from steelyard.targets import ScriptedTarget, estimate_cost, estimate_tokens

PRICE = {"price": {"input": 1.0, "output": 10.0}}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        # Counts of the o200k vocabulary: 10, 8, 9, 8; the estimate is meant to be right within a half.
        ("The quick brown fox jumps over the lazy dog.", 7, 15),
        ("Съешь же ещё этих мягких булок", 6, 16),
        ("我想退掉上周买的鞋子", 6, 12),
        ("Tôi muốn trả lại đôi giày", 5, 12),
        ("", 0, 0),
    ],
)
def test_tokens_by_script(text: str, low: int, high: int) -> None:
    assert low <= estimate_tokens(text) <= high


def test_money_grows_with_epochs_and_is_ordered() -> None:
    target = ScriptedTarget({}, settings=PRICE)
    cases = [Case(id=str(i), input="x" * 400) for i in range(10)]
    one, three = estimate_cost(target, cases), estimate_cost(target, cases, epochs=3)
    assert one.low is not None
    assert one.expected is not None
    assert one.high is not None
    assert one.low < one.expected < one.high
    assert three.expected == pytest.approx(3 * one.expected)
    assert (one.requests, three.requests) == (10, 30)
    # 10 cases of 100 tokens and 8 of framing at $1, 256 tokens each at $10, per million
    assert one.expected == pytest.approx((10 * 108 * 1 + 10 * 256 * 10) / 1e6)
    assert "$1 in and $10 out" in one.basis


def test_max_tokens_bounds_the_answers() -> None:
    target = ScriptedTarget({}, settings={**PRICE, "max_tokens": 20})
    estimate = estimate_cost(target, [Case(id="a", input="x")])
    assert estimate.output_tokens == 20
    assert estimate.expected == estimate.high


def test_turns_send_the_conversation_again() -> None:
    target = ScriptedTarget({}, settings=PRICE)
    turns = tuple({"role": "user", "content": "x" * 40} for _ in range(4))
    estimate = estimate_cost(target, [Case(id="a", turns=turns)])
    assert estimate.requests == 4
    assert estimate.input_tokens > 4 * 40


def test_no_price_means_no_money() -> None:
    estimate = estimate_cost(ScriptedTarget({}), [Case(id="a", input="x")])
    assert estimate.expected is None
    assert estimate.input_tokens > 0
    assert "no price known" in estimate.basis


def test_recorded_answers_are_free(tmp_path: Path, resolve: Any) -> None:
    (tmp_path / "r.jsonl").write_text('{"id": "a", "output": "1"}\n')
    estimate = estimate_cost(resolve("replay:r.jsonl"), [Case(id="a", input="x")])
    assert (estimate.low, estimate.high, estimate.requests) == (0.0, 0.0, 0)
