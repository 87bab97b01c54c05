from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.metrics.judge.conftest import (
    JudgeServer,
    MakeJudge,
    Prompt,
    Script,
    caller_of,
    code_of,
    data_of,
    served,
    verdict,
)

from steelyard.core import (
    Case,
    Failed,
    Fault,
    Json,
    Output,
    Rubric,
    Scored,
    Skipped,
    UsageError,
    rubric_from_json,
)
from steelyard.metrics import ModelMetric, PromptedMetric, score_with_model
from steelyard.metrics.judge import Direct, Judge, Member, Showing, shipped_rubric
from steelyard.store import open_store
from steelyard.targets import resolve_target

CASE = Case(id="c1", input="What is 1 + 1?", expected="2")
TWO = rubric_from_json(
    {
        "name": "two",
        "criteria": [
            {
                "name": "tone",
                "question": "Is it kind?",
                "anchors": {"1": "no", "2": "a bit", "3": "yes"},
                "weight": 3,
            },
            {
                "name": "fits",
                "question": "Does it fit?",
                "anchors": {"0": "no", "1": "yes"},
                "may_skip": True,
            },
        ],
    }
)


def direct(rubric: Rubric = TWO, **options: Any) -> Direct:
    return Direct(rubric=rubric, showing=Showing(reference=rubric.uses_expected), **options)


ONE = rubric_from_json(
    {
        "name": "one",
        "criteria": [{"name": "tone", "question": "Kind?", "anchors": {"1": "no", "2": "half", "5": "yes"}}],
    }
)
YES_NO = rubric_from_json(
    {
        "name": "yn",
        "criteria": [{"name": "polite", "question": "Polite?", "anchors": {"1": "no", "2": "yes"}}],
    }
)


def test_the_wording_is_there_for_people(judge_of: MakeJudge) -> None:
    judge = judge_of(direct(ONE), lambda messages: verdict(messages, points=5))
    other = judge_of(direct(YES_NO), lambda messages: verdict(messages, points=5))
    assert isinstance(judge, PromptedMetric)
    assert judge.prompt_text.startswith("[system]\nYou are a careful evaluator.")
    assert "[user]" in judge.prompt_text
    assert judge.prompt_text == replace(judge, samples=3).prompt_text
    assert judge.prompt_text != other.prompt_text


async def test_several_criteria_make_a_composite(judge_of: MakeJudge) -> None:
    def script(messages: Prompt) -> str:
        rows = {"tone": {"reason": "warm", "points": 2}, "fits": {"reason": "it does", "points": 1}}
        return json.dumps({"code": code_of(messages), "criteria": rows})

    judge = judge_of(direct(), script)
    assert isinstance(judge, ModelMetric)
    score = await judge.ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert score.value == pytest.approx((3 * 0.5 + 1 * 1) / 4)
    assert score.reason == "tone: warm; fits: it does"
    assert score.detail["points"] == {"tone": 2.0, "fits": 1.0}
    assert (score.detail["rubric"], score.detail["rubric_hash"]) == ("two", TWO.hash)
    assert score.detail["cached"] is False
    assert judge.spec.range == (0.0, 1.0)
    assert judge.spec.settings["prompt_hash"] == judge.prompt_hash == score.detail["prompt_hash"]


async def test_one_criterion_keeps_its_own_points_and_two_anchors_are_binary(judge_of: MakeJudge) -> None:
    judge = judge_of(direct(ONE), lambda messages: verdict(messages, points=5))
    score = await judge.ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert (score.value, judge.spec.range, judge.spec.measure, judge.spec.failure) == (
        5.0,
        (1, 5),
        "points",
        1,
    )
    judge = judge_of(direct(YES_NO), lambda messages: verdict(messages, points="2"))
    score = await judge.ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert (score.value, judge.spec.scale) == (1.0, "binary")


async def test_criteria_are_asked_one_by_one(judge_of: MakeJudge) -> None:
    asked: list[str] = []

    def script(messages: Prompt) -> str:
        asked.append(messages[0]["content"])
        return verdict(messages, points=1 if 'Criterion "fits"' in messages[0]["content"] else 3)

    score = await judge_of(direct(one_by_one=True), script).ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert score.value == 1.0
    assert score.detail["calls"] == 2
    assert all(("Is it kind" in text) != ("Does it fit" in text) for text in asked)


async def test_a_criterion_that_does_not_apply_is_left_out(judge_of: MakeJudge) -> None:
    def script(messages: Prompt) -> str:
        rows = {"tone": {"reason": "", "points": 3}, "fits": {"reason": "no question of fit", "points": None}}
        return json.dumps({"code": code_of(messages), "criteria": rows})

    score = await judge_of(direct(), script).ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert (score.value, score.detail["points"]) == (1.0, {"tone": 3.0})
    only = rubric_from_json({**dict(TWO.as_json()), "criteria": [TWO.criteria[1].as_json()]})
    skipped = await judge_of(direct(only), lambda messages: verdict(messages, points="n/a")).ask(
        CASE, Output()
    )
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "the judge says that no criterion applies"
    assert skipped.detail["votes"]


async def test_a_rubric_with_a_reference_skips_cases_without_one(judge_of: MakeJudge) -> None:
    judge = judge_of(direct(shipped_rubric("correctness")), lambda messages: verdict(messages, points=4))
    assert isinstance(await judge.ask(Case(id="x", input="q"), Output(value="a")), Skipped)
    score = await judge.ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("I would give it 3 points.", "it holds no JSON object"),
        ('{"reason": "fine", "points": 5}', 'no JSON object in it has "code"'),
        ('{"code": "CODE", "reason": "fine", "points": 4}', 'points of "tone" must be one of 1, 2, 5, not 4'),
        ('{"code": "CODE", "reason": "fine"}', '"tone" has no points'),
        ('{"code": "CODE", "points": 1} or {"code": "CODE", "points": 5}', "two verdicts that differ"),
        ('{"code": "CODE", "points": true}', 'points of "tone" must be one of'),
        ("", "it holds no JSON object"),
    ],
)
async def test_what_cannot_be_read_is_asked_for_once_more_and_then_failed(
    judge_of: MakeJudge, bad: str, problem: str
) -> None:
    asked: list[Prompt] = []

    def never(messages: Prompt) -> str:
        asked.append(messages)
        return bad.replace("CODE", code_of(messages))

    score = await judge_of(direct(ONE), never).ask(CASE, Output(value="2"))
    assert isinstance(score, Failed)
    assert problem in score.error
    assert len(asked) == 2
    assert [message["role"] for message in asked[1]] == ["system", "user", "assistant", "user"]
    assert "This cannot be used" in asked[1][-1]["content"]
    votes = score.detail["votes"]
    assert isinstance(votes, list)
    assert votes[0]["raw"] == [bad.replace("CODE", code_of(asked[0]))]
    assert score.detail["calls"] == 2

    def mended(messages: Prompt) -> str:
        return verdict(messages, points=2) if len(messages) > 2 else bad.replace("CODE", code_of(messages))

    score = await judge_of(direct(ONE), mended).ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert score.value == 2.0
    votes = score.detail["votes"]
    assert isinstance(votes, list)
    assert votes[0]["repaired"] is True


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "```json\n{}\n```",
        '<think>{{"a": 1}} Let me see: [[x]] {{ hm.</think>\nHere it is: {}\nDone.',
        "\ufeff {} ",
        "{0}\n{0}",
    ],
)
async def test_the_verdict_is_found_wherever_it_stands(judge_of: MakeJudge, form: str) -> None:
    score = await judge_of(direct(ONE), lambda m: form.format(verdict(m, points=2))).ask(
        CASE, Output(value="2")
    )
    assert isinstance(score, Scored)
    assert score.value == 2.0


async def test_samples_and_panels_are_combined(judge_of: MakeJudge) -> None:
    points = iter([1, 5, 5, 2, 5, 5])

    def script(messages: Prompt) -> str:
        return verdict(messages, points=next(points))

    mean = await judge_of(direct(ONE), script, samples=3).ask(CASE, Output(value="2"))
    assert isinstance(mean, Scored)
    assert mean.value == pytest.approx(11 / 3)
    assert mean.detail["spread"] == pytest.approx((((1 - 11 / 3) ** 2 + 2 * (5 - 11 / 3) ** 2) / 3) ** 0.5)
    most = await judge_of(direct(ONE), script, samples=3, combine="majority").ask(CASE, Output(value="2"))
    assert isinstance(most, Scored)
    assert most.value == 5.0
    panel = judge_of(
        direct(YES_NO),
        lambda messages: verdict(messages, points=1),
        lambda messages: verdict(messages, points=2),
        combine="majority",
    )
    tied = await panel.ask(CASE, Output(value="2"))
    assert isinstance(tied, Scored)
    assert (tied.value, panel.spec.scale) == (0.0, "binary")
    votes = tied.detail["votes"]
    assert isinstance(votes, list)
    assert [vote["model"] for vote in votes] == ["judge 1", "judge 2"]
    between = judge_of(direct(YES_NO), lambda m: verdict(m, points=2), samples=2)
    assert between.spec.scale == "bounded"


async def test_a_panel_needs_more_than_half_of_its_verdicts(judge_of: MakeJudge) -> None:
    good: Script = lambda messages: verdict(messages, points=5)  # noqa: E731
    mute: Script = lambda _: "no"  # noqa: E731
    score = await judge_of(direct(ONE), good, good, mute).ask(CASE, Output(value="2"))
    assert isinstance(score, Scored)
    assert isinstance(await judge_of(direct(ONE), good, mute).ask(CASE, Output(value="2")), Failed)


def test_a_panel_refuses_a_judge_twice(judge_of: MakeJudge) -> None:
    judge = judge_of(direct(ONE), lambda m: "")
    with pytest.raises(UsageError, match="cannot hold one judge twice"):
        type(judge)(name="x", task=judge.task, members=(judge.members[0], judge.members[0]))


async def test_conversations_are_judged_whole_with_their_tool_calls(judge_of: MakeJudge) -> None:
    seen: list[str] = []

    def script(messages: Prompt) -> str:
        seen.append(data_of(messages, "conversation"))
        return verdict(messages, points=5)

    talk: list[Json] = [
        {"role": "user", "content": "Book a table"},
        {"role": "assistant", "content": "", "tool_calls": [{"name": "book", "arguments": {"at": "19:00"}}]},
        {"role": "tool", "content": "booked " + "x" * 5000},
        {"role": "assistant", "content": "It is booked."},
    ]
    case = Case(id="t", turns=({"role": "user", "content": "Book a table"},))
    await judge_of(direct(ONE), script).ask(case, Output(value="It is booked.", detail={"messages": talk}))
    assert "user: Book a table" in seen[0]
    assert 'assistant: [calls book({"at":"19:00"})]' in seen[0]
    assert len(seen[0]) < 1000


async def test_a_fault_of_the_target_is_no_matter_for_the_judge(judge_of: MakeJudge) -> None:
    judge = judge_of(direct(ONE), lambda m: verdict(m, points=5))
    output = Output(fault=Fault(owner="target", kind="timeout", message="too slow"))
    score = await score_with_model(judge, CASE, output)
    assert isinstance(score, Scored)
    assert (score.value, score.extracted) == (1.0, False)


async def test_a_real_server_is_asked_with_schema_price_and_cache(
    judge_server: Callable[[Script], JudgeServer], tmp_path: Path
) -> None:
    server = judge_server(lambda messages: verdict(messages, points=2))
    with open_store("sqlite://") as store:
        judge = served(direct(ONE), server, tmp_path, cache=store)
        await judge.open()
        first = await judge.ask(CASE, Output(value="2"))
        again = await judge.ask(CASE, Output(value="2"))
        other = await judge.ask(CASE, Output(value="two"))
        await judge.close()
    assert isinstance(first, Scored)
    assert isinstance(again, Scored)
    assert isinstance(other, Scored)
    # 1,000 tokens at $1 and 100 at $2 a million.
    assert first.detail["cost_usd"] == pytest.approx(0.0012)
    assert first.detail["tokens"] == {"input": 1000, "output": 100}
    assert (first.detail["cached"], again.detail["cached"], other.detail["cached"]) == (False, True, False)
    assert again.detail["cost_usd"] == 0.0
    assert len(server.bodies) == 2
    assert [message["role"] for message in server.bodies[0]["messages"]] == ["system", "user"]


async def test_probabilities_weigh_the_points(
    judge_server: Callable[[Script], JudgeServer], tmp_path: Path
) -> None:
    def script(messages: Prompt) -> dict[str, Any]:
        text = verdict(messages, points=5)
        head, tail = text[: text.rindex("5")], text[text.rindex("5") + 1 :]
        # Half for 5, a quarter each for 2 and for "four", which is no anchor: (5 × .5 + 2 × .25) / .75 = 4.
        top = [
            {"token": "5", "logprob": -0.6931471805599453},
            {"token": "2", "logprob": -1.3862943611198906},
            {"token": "four", "logprob": -1.3862943611198906},
        ]
        tokens = [
            {"token": head, "logprob": 0.0, "top_logprobs": []},
            {"token": "5", "logprob": -0.6931471805599453, "top_logprobs": top},
            {"token": tail, "logprob": 0.0, "top_logprobs": []},
        ]
        return {"message": {"role": "assistant", "content": text}, "logprobs": {"content": tokens}}

    server = judge_server(script)
    judge = served(direct(ONE), server, tmp_path, logprobs=5)
    await judge.open()
    score = await judge.ask(CASE, Output(value="2"))
    await judge.close()
    assert isinstance(score, Scored)
    assert score.value == pytest.approx(4.0)
    assert server.bodies[0]["top_logprobs"] == 5


async def test_a_spent_budget_costs_scores_and_not_the_run(
    judge_server: Callable[[Script], JudgeServer], tmp_path: Path
) -> None:
    server = judge_server(lambda messages: verdict(messages, points=2))
    target = resolve_target(
        f"openai:mock?base_url={server.url}",
        settings={"price": {"input": 1.0, "output": 2.0}},
        folder=tmp_path,
        environ={},
    )
    member = Member(caller=caller_of(target, max_cost_usd=0.003), name="mock")
    judge = Judge(name="test", task=direct(ONE), members=(member,))
    await judge.open()
    scores = [await judge.ask(CASE, Output(value=f"a{n}")) for n in range(6)]
    await judge.close()
    assert [type(score) for score in scores] == [Scored, Scored, Failed, Failed, Failed, Failed]
    last = scores[-1]
    assert isinstance(last, Failed)
    assert "budget is spent: max_cost_usd" in last.error
    assert len(server.bodies) == 2
