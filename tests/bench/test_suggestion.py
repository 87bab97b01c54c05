from __future__ import annotations

from steelyard.bench import ImportedRun
from steelyard.bench._suggestion import suggest_metrics
from steelyard.core import Case, Output


def test_a_score_that_some_answers_lack_is_not_suggested() -> None:
    outputs = {
        ("a", 1): Output(value="x", scores={"reward": 1.0, "style": 0.5}),
        ("b", 1): Output(value="y", scores={"reward": 0.0}),
        ("c", 1): Output(value="z"),
    }
    run = ImportedRun(label="m", outputs=outputs)
    assert suggest_metrics((), (run,)) == ("recorded:reward",)


def test_programs_get_no_metric_that_does_not_exist() -> None:
    case = Case(id="a", input="def f():", expected={"test": "assert f()", "entry_point": "f"})
    assert suggest_metrics((case,), ()) == ()
