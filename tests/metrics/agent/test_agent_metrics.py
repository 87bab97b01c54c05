from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from steelyard.core import Case, Failed, Json, Output, Score, Scored, Skipped, Span, UsageError
from steelyard.metrics import make_metric, metric, rebuild, score_output
from steelyard.metrics.agent import Trajectory


def _output(*calls: str | Span, scores: dict[str, float] | None = None, **detail: Json) -> Output:
    spans = [call if isinstance(call, Span) else Span(name=call, kind="tool", input={}) for call in calls]
    return Output(value="", trace=tuple(spans), scores=scores or {}, detail=detail)


def _call(name: str, *, error: str = "", result: Json = None, **arguments: Json) -> Span:
    return Span(name=name, kind="tool", input=arguments, error=error, output=result)


def _score(text: str, output: Output, expected: Json = None, *, folder: Path | None = None) -> Score:
    return score_output(make_metric(text, folder=folder), Case(id="1", input="q", expected=expected), output)


def _value(text: str, output: Output, expected: Json = None) -> float:
    score = _score(text, output, expected)
    assert isinstance(score, Scored), score
    return score.value


def test_success_is_the_reward_first_and_the_end_state_then() -> None:
    state: Json = {"state": {"orders": [{"id": 1, "paid": True}]}}
    assert _value("task_success", _output(scores={"reward": 1.0})) == 1.0
    assert _value("task_success:at_least=0.5", _output(scores={"reward": 0.4})) == 0.0
    left: Json = {"orders": [{"id": 1, "paid": True, "note": "x"}], "more": 1}
    assert _value("task_success", _output(state=left), state) == 1.0
    wrong = _score("task_success", _output(state={"orders": [{"id": 1, "paid": 1}]}), state)
    assert wrong == Scored(value=0.0, reason="state.orders[0].paid is 1 instead of true")
    assert _value("task_success", _output(), state) == 0.0
    assert isinstance(_score("task_success", _output()), Failed)


@pytest.mark.parametrize(
    ("settings", "made", "wanted", "value"),
    [
        ("order=strict", ["a", "b"], ["b", "a"], 0.0),
        ("order=strict", ["a", "x", "b"], ["a", "b"], 0.4),  # one at its place: 2 × 1 / (3 + 2)
        ("order=in-order", ["a", "x", "b"], ["a", "b"], 0.8),  # both in order: 2 × 2 / 5
        ("order=any-order", ["b", "x", "a"], ["a", "b"], 0.8),
        ("order=superset", ["b", "x", "a"], ["a", "b"], 1.0),
        ("order=subset", ["b"], ["a", "b"], 1.0),
        ("order=subset", ["b", "x"], ["a", "b"], 0.5),
        ("order=superset,whole=true", ["b"], ["a", "b"], 0.0),
        ("whole=true", ["b", "a"], ["a", "b"], 1.0),
        ("skip=get_*", ["get_x", "a"], ["a", "get_y"], 1.0),
    ],
)
def test_orders_of_calls(settings: str, made: list[str], wanted: list[str], value: float) -> None:
    expected: Json = [{"name": name, "arguments": {}} for name in wanted]
    assert _value(f"tool_calls:{settings}", _output(*made), expected) == pytest.approx(value)


@pytest.mark.parametrize(
    ("settings", "arguments", "value"),
    [
        ("", {"city": "Bonn ", "sum": 10.04, "id": "u1"}, 0.0),
        ("tolerance=0.05,text=normalised", {"city": " ｂonn.", "sum": 10.04, "id": "u1"}, 1.0),
        ("tolerance=0.001,text=normalised", {"city": "bonn", "sum": 10.04, "id": "u1"}, 0.0),
        ("ignore_keys=id+trace", {"city": "Bonn", "sum": 10, "id": "other", "trace": 3}, 1.0),
        ("arguments=subset", {"city": "Bonn", "sum": 10, "id": "u1", "more": [1]}, 1.0),
    ],
)
def test_matchers_of_arguments(settings: str, arguments: dict[str, Json], value: float) -> None:
    expected: Json = [{"name": "pay", "arguments": {"city": "Bonn", "sum": 10, "id": "u1"}}]
    text = f"tool_calls:{settings}" if settings else "tool_calls"
    assert _value(text, _output(Span(name="pay", kind="tool", input=arguments)), expected) == value


def test_calls_by_schema_and_their_precision() -> None:
    schema: Json = {"type": "object", "required": ["sum"], "properties": {"sum": {"maximum": 100}}}
    expected: Json = {"tool_calls": [{"name": "pay", "schema": schema}]}
    score = _score("tool_calls", _output(_call("pay", sum=3), _call("pay", sum=300)), expected)
    assert isinstance(score, Scored)
    assert (score.detail["precision"], score.detail["recall"]) == (0.5, 1.0)
    assert score.value == pytest.approx(2 / 3)
    bad: Json = {"tool_calls": [{"name": "pay", "schema": {"type": 3}}]}
    assert isinstance(_score("tool_calls", _output("pay"), bad), Failed)


def test_refused_calls_may_be_left_out() -> None:
    output = _output(_call("pay", error="declined", sum=1), _call("pay", sum=2))
    expected: Json = [{"name": "pay", "arguments": {"sum": 2}}]
    assert _value("tool_calls", output, expected) == pytest.approx(2 / 3)
    assert _value("tool_calls:refused=ignore", output, expected) == 1.0


def test_steps_and_steps_over_the_human_ones() -> None:
    output = _output("a", "b", "c", Span(name="m", kind="llm"))
    assert [_value(f"steps:count={what}", output) for what in ("calls", "models", "all")] == [3.0, 1.0, 4.0]
    assert _value("steps:over=expected", output, {"steps": 2}) == 1.5
    for expected in (None, {"steps": 0}, {"steps": True}, {"steps": "3"}):
        assert isinstance(_score("steps:over=expected", output, expected), Skipped)


def test_the_share_of_time_in_model_calls() -> None:
    spans = (Span(name="m", kind="llm", duration_s=3.0), Span(name="t", kind="tool", duration_s=1.0))
    assert _value("model_share", Output(value="", trace=spans, latency_s=4.0)) == 0.75
    assert _value("model_share", Output(value="", trace=spans, latency_s=2.0)) == 1.0
    assert isinstance(_score("model_share", Output(value="", latency_s=2.0)), Failed)


@pytest.mark.parametrize(
    ("names", "settings", "value"),
    [
        ("abc", "", 0.0),
        ("aab", "", 1 / 3),
        ("ababab", "", 4 / 6),  # the first round is no repetition
        ("abab", "times=3", 0.0),
        ("abcdabcd", "longest=3", 0.0),
        ("abcdabcd", "", 0.5),
        ("aba", "", 0.0),
        ("", "", 0.0),
    ],
)
def test_loops(names: str, settings: str, value: float) -> None:
    assert _value(f"loops:{settings}" if settings else "loops", _output(*names)) == pytest.approx(value)


def test_polling_is_no_loop_while_the_answer_changes() -> None:
    output = _output(*(_call("status", result=text) for text in ("10 %", "50 %", "50 %", "done")))
    assert _value("loops", output) == 0.25
    assert _value("loops:same_result=false", output) == 0.75


def test_recovery_by_tool_and_by_call() -> None:
    output = _output(
        _call("pay", error="declined", card=1), _call("pay", card=2), _call("book", result="Error: full")
    )
    assert _value("recovery", output) == 0.5
    assert _value("recovery:goal=call", output) == 0.0
    assert _score("recovery", _output("a")) == Skipped(reason="no call failed")


RULES = """
forbidden: [delete_*]
order: [verify before refund]
arguments:
  refund: {properties: {amount: {maximum: 100}}}
max_calls: {search: 2}
required: [verify]
"""


def test_rules_from_a_file_and_from_the_case(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    text = "violations:rules=file:rules.yaml"
    good = _output("verify", _call("refund", amount=100))
    assert _score(text, good, folder=tmp_path) == Scored(value=0.0, detail={"violations": []})
    bad = _output("search", "search", "search", _call("refund", amount=101), "delete_all")
    score = _score(text, bad, folder=tmp_path)
    assert isinstance(score, Scored)
    assert score.value == 5.0
    assert score.reason.startswith("call 3: search was called 3 times, at most 2 allowed; call 4: refund:")
    late = _output(_call("verify", error="no"), "refund")
    assert _value("violations", late, {"rules": {"order": [["verify", "refund"]]}}) == 1.0
    assert isinstance(_score("violations", good, {"rules": {"order": ["x"]}}), Failed)
    assert isinstance(_score("violations", good, "x"), Skipped)


@pytest.mark.parametrize(
    "rules", ['{"forbiden": []}', '{"max_calls": {"a": -1}}', '{"order": ["a after b"]}', "true"]
)
def test_rules_that_cannot_be_used_are_refused(rules: str) -> None:
    with pytest.raises(UsageError, match="the rules cannot be used"):
        make_metric(f"violations:rules={rules}".replace(",", "\\,"))


@pytest.mark.parametrize(
    "text",
    [
        "forbidden: [!!python/object:os.system x]",
        "a: &a [x]\nforbidden: *a",
        "a: [",
        "[" * 300,
        "[" * 200_000,
        "a: " * 200_000,
    ],
)
def test_yaml_that_json_cannot_hold_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="rules cannot be"):
        make_metric("violations:rules=file:rules.yaml", folder=tmp_path)


WANTED: Json = {"tool_calls": [{"name": "pay", "arguments": {"sum": 2}}, {"name": "mail", "arguments": {}}]}


@pytest.mark.parametrize(
    ("calls", "place", "reason"),
    [
        ([_call("look"), _call("pay", sum=3)], 2, "pay: sum is 3 instead of 2"),
        ([_call("pay", sum=2)], 2, "it ended without mail"),
        ([_call("mail"), _call("pay", sum=2), _call("mail")], 3, "mail was called where nothing more"),
        ([_call("pay", sum=9, error="declined"), _call("mail")], 1, "pay was refused (declined) and never"),
        ([_call("drop"), _call("pay", sum=2)], 1, "drop was called, expected pay, mail"),
    ],
)
def test_the_first_wrong_step(calls: list[Span], place: int, reason: str) -> None:
    score = _score("first_wrong_step:skip=look", _output(*calls, scores={"reward": 0.0}), WANTED)
    assert isinstance(score, Scored)
    assert score.value == place
    assert score.reason.startswith(reason)


def test_where_no_call_is_wrong_there_is_no_wrong_step() -> None:
    right = [_call("pay", sum=7, error="declined"), _call("pay", sum=2), _call("mail")]
    failed = _output(*right, scores={"reward": 0.0})
    score = _score("first_wrong_step", failed, WANTED)
    assert isinstance(score, Skipped)
    assert "what was said must be wrong" in score.reason
    won = _output("drop", scores={"reward": 1.0})
    assert _score("first_wrong_step", won, WANTED) == Skipped(reason="the trial succeeded")
    assert _value("first_wrong_step:of=all", won, WANTED) == 1.0
    assert _value("first_wrong_step:order=in-order", _output("mail", scores={"reward": 0.0}), WANTED) == 1.0
    by_rule = _score("first_wrong_step", _output("a", "b"), {"rules": {"forbidden": ["b"]}})
    assert isinstance(by_rule, Scored)
    assert (by_rule.value, by_rule.reason) == (2.0, "b is forbidden")


@pytest.mark.parametrize(
    ("answer", "settings", "value"),
    [
        ('{"x": 150, "y": 30}', "", 1.0),
        ({"point": [150, 30]}, "", 1.0),
        ({"action": "click", "coordinate": [99, 30]}, "", 0.0),
        ("I will click(150, 30) now", "", 1.0),
        ("click(x=150, y=30)", "", 1.0),
        ("<point>150 30</point>", "", 1.0),
        ('<point x="150" y="30" alt="Save">Save</point>', "", 1.0),
        ("It is at (1, 1). No: (150, 30).", "", 1.0),
        ("[140, 20, 160, 40]", "", 1.0),
        ("(200, 40)", "", 1.0),  # the edge is inside
        ("(0.15, 0.3)", "scale=unit", 1.0),
        ("(0.15, 0.3)", "", 0.0),
        ("<click>150, 300</click>", "scale=thousand", 1.0),
    ],
)
def test_clicks(answer: Json, settings: str, value: float) -> None:
    expected: Json = {"box": [100, 20, 200, 40], "image_size": [1000, 100]}
    text = f"click_in_box:{settings}" if settings else "click_in_box"
    assert _value(text, Output(value=answer), expected) == value


def test_clicks_in_polygons_and_in_calls() -> None:
    triangle: Json = {"polygon": [[0, 0], [10, 0], [0, 10]]}
    assert _value("click_in_box", Output(value="(2, 2)"), triangle) == 1.0
    assert _value("click_in_box", Output(value="(8, 8)"), triangle) == 0.0
    called = _output(_call("click", x=2, y=2))
    assert _value("click_in_box", called, {"boxes": [[50, 50, 60, 60], [0, 0, 3, 3]]}) == 1.0
    nowhere = _score("click_in_box", Output(value="I cannot see it"), triangle)
    assert nowhere == Scored(value=0.0, reason="the answer names no place", extracted=False)
    unreadable: list[Json] = [
        {"box": [1, 2, 3]},
        {"boxes": 3},
        {"polygon": [[0, 0], [1, 1]]},
        {"box": [0, 0, 1, "x"]},
    ]
    for broken in unreadable:
        assert isinstance(_score("click_in_box", Output(value="(1, 1)"), broken), Failed)
    assert isinstance(_score("click_in_box:scale=unit", Output(value="(1, 1)"), triangle), Failed)


def test_what_a_success_takes_is_a_ratio_of_sums() -> None:
    ratio = make_metric("to_success:of=steps")
    case = Case(id="1", input="q")
    trials = [(4, 1.0), (2, 0.0), (3, 1.0)]
    scores = [score_output(ratio, case, _output(*"abcd"[:n], scores={"reward": r})) for n, r in trials]
    details = [score.detail for score in scores if isinstance(score, Scored)]
    aggregate = ratio.prepare(details)  # type: ignore[attr-defined]
    assert aggregate(np.ones(3)) == pytest.approx(4.5)  # (4 + 2 + 3) / 2
    assert aggregate(np.array([0.0, 1.0, 0.0])) is None


def test_functions_get_the_trajectory_and_return_milestones() -> None:
    @metric
    def reached(case: Case, trajectory: Trajectory) -> list[str]:
        del case
        return [call.name for call in trajectory.calls if not call.error]

    case = Case(id="1", input="q", expected={"milestones": ["login", "pay", "mail"]})
    score = score_output(reached, case, _output("login", "mail", _call("pay", error="no")))
    assert isinstance(score, Scored)
    assert score.value == pytest.approx(2 / 3)
    assert score.reason == "not reached: pay"
    assert isinstance(score_output(reached, case, _output("else")), Failed)
    assert isinstance(score_output(reached, Case(id="1", input="q"), _output("login")), Failed)


@pytest.mark.parametrize(
    "text",
    ["tool_calls", "loops:longest=20", "recovery", "steps", "violations", "first_wrong_step:of=all"],
)
def test_ten_thousand_steps_take_a_moment(text: str) -> None:
    calls = tuple(
        Span(
            name=f"t{at % 7}",
            kind="tool",
            input={"n": at % 11, "blob": "y" * 500},
            error="no" if at % 5 else "",
        )
        for at in range(10_000)
    )
    expected: Json = {
        "tool_calls": [{"name": "t1", "arguments": {"n": 3}}] * 20,
        "rules": {
            "order": ["t9 before t1"],
            "max_calls": {"*": 5},
            "arguments": {"t3": {"maxProperties": 1}},
        },
    }
    started = time.perf_counter()
    score = _score(text, Output(value="", trace=calls), expected)
    assert isinstance(score, Scored), score
    assert time.perf_counter() - started < 10.0


def test_huge_and_deep_arguments_are_no_crash() -> None:
    deep: Json = "x"
    for _ in range(200):
        deep = [deep]
    output = _output(_call("a", deep=deep, text="z" * 2_000_000), scores={"reward": 0.0})
    expected: Json = {"tool_calls": [{"name": "a", "arguments": {"deep": deep, "text": "z"}}], "state": deep}
    for text in ("tool_calls:text=normalised", "loops", "first_wrong_step", "task_success"):
        assert isinstance(_score(text, output, expected), Scored)


def _found(_case: Case, trajectory: Trajectory) -> list[str]:
    names = [call.name for call in trajectory.calls]
    return [name for name in ("looked", "renamed", "closed") if name in names]


@pytest.mark.parametrize(
    ("calls", "place", "reason"),
    [
        (["looked", "x", "y"], 2, "after looked, not reached: renamed, closed"),
        (["x", "looked", "x", "renamed", "x"], 5, "after renamed, not reached: closed"),
        (["x", "y"], 1, "from the beginning, not reached: looked, renamed, closed"),
        (["looked", "renamed"], 3, "after renamed, not reached: closed"),
        ([], 1, "from the beginning, not reached: looked, renamed, closed"),
    ],
)
def test_by_milestones_it_is_the_call_after_the_last_one_reached(
    calls: list[str], place: int, reason: str
) -> None:
    chosen = make_metric("first_wrong_step:milestones=python:m:found", load=lambda _: _found)
    case = Case(id="1", input="q", expected={"milestones": ["looked", "renamed", "closed"]})
    score = score_output(chosen, case, _output(*calls))
    assert isinstance(score, Scored), score
    assert (score.value, score.reason) == (place, reason)
    whole = score_output(chosen, case, _output("closed", "renamed", "looked"))
    assert whole == Skipped(reason="every milestone was reached")
    none = score_output(chosen, Case(id="1", input="q", expected="x"), _output("a"))
    assert isinstance(none, Failed)
    assert "names no milestones" in none.error


def test_milestones_of_a_stored_run_are_those_of_the_same_function() -> None:
    text = "first_wrong_step:milestones=python:m:found"
    spec = make_metric(text, load=lambda _: _found).spec
    assert rebuild(spec, load=lambda _: _found).spec == spec

    def other(_case: Case, trajectory: Trajectory) -> list[str]:
        return [call.name for call in trajectory.calls]

    with pytest.raises(UsageError, match="another function now"):
        rebuild(spec, load=lambda _: other)
    with pytest.raises(UsageError, match="does not read the steps of an agent"):
        make_metric(text, load=lambda _: lambda case, output: [])
    with pytest.raises(UsageError, match="Write milestones=python:module:function"):
        make_metric("first_wrong_step:milestones=found", load=lambda _: _found)
    with pytest.raises(UsageError, match="either milestones or a judge"):
        make_metric(f"{text},judge=careful", load=lambda _: _found)
