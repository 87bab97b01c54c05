from __future__ import annotations

import json

import pytest
from tests.metrics.judge.conftest import MakeJudge, Prompt, code_of, data_of, verdict

from steelyard.core import Case, Failed, MetricSpec, Output, Scored, Skipped
from steelyard.metrics.judge import (
    Checklist,
    Classification,
    Label,
    Pairwise,
    Reference,
    Showing,
    shipped_rubric,
    summarise_verdicts,
)

CASE = Case(id="c1", input="What is 1 + 1?", expected="2")
PLAIN = Showing()


async def test_a_label_stands_for_its_value(judge_of: MakeJudge) -> None:
    labels = (Label(name="refused", value=0), Label(name="partly", value=0.5), Label(name="helped", value=1))
    task = Classification(question="Did it help?", labels=labels, showing=PLAIN, settings_={})
    judge = judge_of(task, lambda messages: verdict(messages, label="Helped "))
    score = await judge.ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert (score.value, score.detail["label"], judge.spec.scale) == (1.0, "helped", "bounded")
    failed = await judge_of(task, lambda messages: verdict(messages, label="other")).ask(CASE, Output())
    assert isinstance(failed, Failed)
    assert '"label" must be one of refused, partly, helped' in failed.error


async def test_reference_shows_the_expectation(judge_of: MakeJudge) -> None:
    def script(messages: Prompt) -> str:
        right = data_of(messages, "reference answer") in data_of(messages)
        return verdict(messages, verdict="correct" if right else "incorrect")

    judge = judge_of(Reference(showing=Showing(reference=True)), script)
    values = []
    for answer in ("It is 2.", "It is 3."):
        score = await judge.ask(CASE, Output(value=answer))
        assert isinstance(score, Scored)
        values.append(score.value)
    assert values == [1.0, 0.0]
    assert judge.spec.scale == "binary"
    assert await judge.ask(Case(id="x", input="?"), Output()) == Skipped(reason="nothing expected")


def answers(messages: Prompt, *words: str) -> str:
    rows = [{"question": n, "reason": "r", "answer": word} for n, word in enumerate(words, start=1)]
    return json.dumps({"code": code_of(messages), "answers": rows})


async def test_a_checklist_counts_yes(judge_of: MakeJudge) -> None:
    task = Checklist(
        questions=("Is it short?", "Is it right?"), weights=(1.0, 3.0), showing=PLAIN, settings_={}
    )
    score = await judge_of(task, lambda m: answers(m, "no", "yes")).ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert score.value == 0.75
    assert score.detail["points"] == {"1. Is it short?": 0.0, "2. Is it right?": 1.0}
    own = Case(id="o", input="q", expected={"checklist": ["A?", "B?", "C?"]})
    score = await judge_of(task, lambda m: answers(m, "no", "yes", "yes")).ask(own, Output(value="2"))
    assert isinstance(score, Scored)
    assert score.value == pytest.approx(2 / 3)
    missing = await judge_of(task, lambda m: answers(m, "no")).ask(CASE, Output(value="2"))
    assert isinstance(missing, Failed)
    assert "question 2 is not answered" in missing.error
    none = Checklist(questions=(), weights=(), showing=PLAIN, settings_={})
    assert isinstance(await judge_of(none, lambda m: "").ask(CASE, Output()), Skipped)


async def _pairs(judge_of: MakeJudge, better: str) -> tuple[Scored, MetricSpec]:
    task = Pairwise(
        rubric=shipped_rubric("helpfulness"),
        opponent=lambda case, output: Output(value="short"),
        against="run-1",
        showing=PLAIN,
    )

    def script(messages: Prompt) -> str:
        first = data_of(messages, "answer A")
        longer = "A" if first != "short" else "B"
        return verdict(messages, better={"longer": longer, "first": "A", "tie": "tie"}[better])

    judge = judge_of(task, script)
    score = await judge.ask(CASE, Output(value="a longer answer"))
    assert isinstance(score, Scored)
    return score, judge.spec


@pytest.mark.parametrize(("better", "value"), [("longer", 1.0), ("first", 0.5), ("tie", 0.5)])
async def test_both_orders_are_played(judge_of: MakeJudge, better: str, value: float) -> None:
    score, spec = await _pairs(judge_of, better)
    assert score.value == value
    assert score.detail["lengths"] == {"candidate": 15, "other": 5}
    found = summarise_verdicts(spec, [score.detail])
    assert found.inconsistent is not None
    assert found.first_wins is not None
    assert found.inconsistent.value == (1.0 if better == "first" else 0.0)
    assert found.first_wins.value == {"longer": 0.5, "first": 1.0, "tie": None}[better]
    (note,) = found.notes("judge:pair")
    assert ("every verdict was a tie" in note) == (better == "tie")
    assert spec.settings["against"] == "run-1"


async def test_a_pair_without_its_other_half_is_skipped(judge_of: MakeJudge) -> None:
    task = Pairwise(rubric=None, opponent=lambda case, output: None, against="run-1", showing=PLAIN)
    score = await judge_of(task, lambda m: "").ask(CASE, Output(value="x"))
    assert score == Skipped(reason="run run-1 has no answer to this case")


async def test_one_order_that_cannot_be_read_fails_the_pair(judge_of: MakeJudge) -> None:
    task = Pairwise(rubric=None, opponent=lambda case, output: Output(value="o"), against="r", showing=PLAIN)

    def script(messages: Prompt) -> str:
        return "?" if data_of(messages, "answer A") == "o" else verdict(messages, better="A")

    assert isinstance(await judge_of(task, script).ask(CASE, Output(value="x")), Failed)
