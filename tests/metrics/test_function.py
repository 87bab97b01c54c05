from __future__ import annotations

import pytest

from steelyard.core import Case, Failed, Output, Scored, Skipped, UsageError
from steelyard.metrics import from_function, metric, rebuild, score_output

CASE = Case(id="1", input="q", expected="Paris")


@metric
def polite(case: Case, output: Output) -> bool:
    return "please" in output.text


@metric(name="words_off", direction="lower", range=(0.0, None), measure="words", failure=None)
def distance(case: Case, output: Output) -> tuple[float, str]:
    return float(len(output.text.split())), "counted"


def test_one_decorated_function_is_a_metric() -> None:
    assert score_output(polite, CASE, Output(value="please")) == Scored(value=1.0)
    assert (polite.spec.name, polite.spec.scale, polite.spec.range) == ("polite", "binary", (0.0, 1.0))
    assert polite(CASE, Output(value="")) is False


def test_what_it_declares_is_kept() -> None:
    spec = distance.spec
    assert (spec.name, spec.direction, spec.scale, spec.range) == (
        "words_off",
        "lower",
        "unbounded",
        (0.0, None),
    )
    assert (spec.measure, spec.failure) == ("words", None)
    assert score_output(distance, CASE, Output(value="a b")) == Scored(value=2.0, reason="counted")


def test_scores_and_none_pass_through() -> None:
    @metric
    def picky(case: Case, output: Output) -> Scored | Skipped | None:
        return None if not output.text else Scored(value=0.5, detail={"n": 1})

    assert isinstance(score_output(picky, CASE, Output(value="")), Skipped)
    assert score_output(picky, CASE, Output(value="x")) == Scored(value=0.5, detail={"n": 1})


def test_another_type_is_a_crash_of_the_metric() -> None:
    wrong = from_function(lambda case, output: "good")
    score = score_output(wrong, CASE, Output(value="x"))
    assert isinstance(score, Failed)
    assert "returned str, not a number, a truth or a Score" in score.error


def test_the_version_follows_the_source() -> None:
    def make(version: int) -> object:
        if version == 1:

            def same(case: Case, output: Output) -> float:
                return 1.0

        else:

            def same(case: Case, output: Output) -> float:
                return 0.5

        return same

    assert from_function(make(1)).version == from_function(make(1)).version
    assert from_function(make(1)).version != from_function(make(2)).version


def test_mistakes_are_said_at_once() -> None:
    async def later(case: Case, output: Output) -> float:
        return 1.0

    with pytest.raises(UsageError, match="later is asynchronous"):
        from_function(later)
    with pytest.raises(UsageError, match="cannot be called with a case and an output"):
        from_function(lambda case: 1.0)
    with pytest.raises(UsageError, match="cannot be called 'contains'"):
        metric(name="contains")(lambda case, output: 1.0)
    with pytest.raises(UsageError, match="is not a function"):
        from_function("name", label="python:mine:name")


def test_a_stored_function_metric_is_found_again_by_its_name() -> None:
    again = rebuild(polite.spec, load={polite.spec.settings["function"]: polite}.__getitem__)
    assert again.spec.version == polite.spec.version
    assert again.score(CASE, Output(value="please")) == Scored(value=1.0)
    with pytest.raises(UsageError, match="cannot be loaded from here"):
        rebuild(polite.spec)
