from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from steelyard.core import Case, Failed, Json, Output, Scored, Span
from steelyard.metrics import make_metric, score_output
from steelyard.metrics.agent._matching import assigned

TRAJECTORIES = Path(__file__).resolve().parents[3] / "../shared/data/tau_bench/gpt-4o-airline.json.gz"
BOOK: Json = {"name": "book", "arguments": {"day": "Monday", "seats": 2}}
FIND: Json = {"name": "find", "kwargs": {"city": "Huế"}}


def _value(made: Json, expected: Json, settings: str = "") -> float:
    output = Output(value={"tool_calls": made})
    text = f"tool_calls:{settings}" if settings else "tool_calls"
    score = score_output(make_metric(text), Case(id="1", input="q", expected=expected), output)
    assert isinstance(score, Scored), score
    return score.value


@pytest.mark.parametrize(
    ("made", "expected", "settings", "value"),
    [
        ([BOOK, FIND], [FIND, BOOK], "", 1.0),
        ([BOOK, FIND], [FIND, BOOK], "order=in-order", 0.5),  # one of two in order: F1 of 1/2 and 1/2
        ([BOOK], [BOOK, FIND], "", 2 / 3),  # precision 1, recall 1/2
        ([BOOK, BOOK], [BOOK], "", 2 / 3),
        ([BOOK, BOOK], [BOOK], "extra=ignore", 1.0),
        ([{"name": "book", "arguments": {"day": "Monday"}}], [BOOK], "", 0.0),
        ([{"name": "book", "arguments": {"day": "Monday"}}], [BOOK], "arguments=ignore", 1.0),
        ([BOOK], [{"name": "book", "arguments": {"day": "Monday"}}], "arguments=subset", 1.0),
        ([BOOK], [{"name": "book", "arguments": {"day": "Monday"}}], "", 0.0),
        ([{"name": "f", "arguments": {"n": 1.0}}], [{"name": "f", "arguments": {"n": 1}}], "", 1.0),
        ([{"name": "f", "arguments": {"n": True}}], [{"name": "f", "arguments": {"n": 1}}], "", 0.0),
        ([{"name": "f", "arguments": {"n": [True]}}], [{"name": "f", "arguments": {"n": [1]}}], "", 0.0),
        ([], [], "", 1.0),
        ([BOOK], [], "", 0.0),
        (
            [{"function": {"name": "f", "arguments": '{"a": 1}'}}],
            [{"name": "f", "arguments": {"a": 1}}],
            "",
            1.0,
        ),
        ([{"name": "f"}], {"tool_calls": [{"name": "f"}]}, "", 1.0),
    ],
)
def test_values_by_hand(made: Json, expected: Json, settings: str, value: float) -> None:
    assert _value(made, expected, settings) == pytest.approx(value, abs=1e-12)


def test_calls_are_read_from_the_trace_first_and_from_details_last() -> None:
    case = Case(id="1", input="q", expected=[{"name": "f", "arguments": {"a": 1}}])
    metric = make_metric("tool_calls")
    span = Span(name="f", kind="tool", input={"a": 1})
    noise = Span(name="model", kind="llm", input="f")
    for output in (
        Output(value="done", trace=(noise, span)),
        Output(value="", detail={"tool_calls": [{"id": "1", "name": "f", "arguments": {"a": 1}}]}),
        Output(value='[{"name": "f", "arguments": {"a": 1}}]'),
    ):
        score = score_output(metric, case, output)
        assert isinstance(score, Scored)
        assert score.value == 1.0


def test_states() -> None:
    case = Case(id="1", input="q", expected=[BOOK])
    metric = make_metric("tool_calls")
    silent = score_output(metric, case, Output(value="I have booked it."))
    assert silent == Scored(value=0.0, reason="no call was made", extracted=False)
    broken = score_output(metric, case, Output(value={"tool_calls": [3]}))
    assert broken == Scored(value=0.0, reason="the calls of the answer cannot be read", extracted=False)
    assert isinstance(
        score_output(metric, Case(id="1", input="q", expected="book"), Output(value="x")), Failed
    )


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=6))
def test_the_matching_is_the_largest(fits: list[list[bool]]) -> None:
    rows, columns = linear_sum_assignment([[-int(fit) for fit in line] for line in fits])
    assert assigned(fits) == sum(fits[row][column] for row, column in zip(rows, columns, strict=True))


@pytest.mark.skipif(
    not TRAJECTORIES.exists(), reason="the recorded τ-bench trajectories are not on this machine"
)
def test_perfect_writes_are_seen_in_real_trajectories() -> None:
    with gzip.open(TRAJECTORIES, "rt", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = json.load(file)
    metric = make_metric("tool_calls:extra=ignore")
    full = {True: 0, False: 0}
    for row in rows:
        calls = [call for message in row["traj"] for call in message.get("tool_calls") or ()]
        expected = row["info"]["task"]["actions"]
        score = score_output(
            metric, Case(id="1", input="q", expected=expected), Output(value={"tool_calls": calls})
        )
        assert isinstance(score, Scored), score
        full[row["reward"] == 1.0] += score.value == 1.0
    # A rewarded trajectory makes the expected calls far more often than one without reward.
    assert full[True] > 2 * full[False]
