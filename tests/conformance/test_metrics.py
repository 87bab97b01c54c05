"""Every metric, built in or installed, keeps the promises of its protocol."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steelyard.core import (
    Case,
    Failed,
    Fault,
    Json,
    Output,
    Scored,
    Skipped,
    Span,
    Usage,
    UsageError,
    canonical_json,
    parse_json,
)
from steelyard.metrics import (
    CorpusMetric,
    Metric,
    make_metric,
    metric_names,
    rebuild,
    score_output,
    spec_from_json,
)

SENTENCE = "The cat sat on the mat, and 42 mice ran past it."
CALLS: Json = [{"name": "book", "arguments": {"day": "Monday"}}]


NO_ANSWER = Output(value="")


@dataclass(frozen=True)
class Example:
    """A case with a perfect answer and a wrong one."""

    expected: Json
    perfect: Output
    wrong: Output
    metric: str = ""
    needs_expectation: bool = True
    context: tuple[str, ...] = ()
    silent: Output = NO_ANSWER


def _text(expected: Json, perfect: Json, wrong: Json) -> Example:
    return Example(expected, Output(value=perfect), Output(value=wrong))


def _sure(label: str, confidence: float) -> Output:
    return Output(value={"label": label, "confidence": confidence})


def _called(*names: str, scores: dict[str, float] | None = None) -> Output:
    spans = tuple(Span(name=name, kind="tool", input={}) for name in names)
    return Output(value="", trace=spans, scores=scores or {})


def _free(perfect: Output, wrong: Output, metric: str = "") -> Example:
    return Example(None, perfect, wrong, metric, needs_expectation=False)


RANKING = _text(["a", "b"], ["a", "b"], ["x", "y"])
LABELS = _text("yes", "Yes.", "no")
SURE = Example("yes", _sure("yes", 0.9), _sure("no", 0.8))
PROSE = _text(SENTENCE, SENTENCE, "Nothing of the kind.")


def _grounded(right: str, wrong: str, *, expected: Json = None) -> Example:
    perfect, other = Output(value=right), Output(value=wrong)
    return Example(expected, perfect, other, needs_expectation=expected is not None, context=DOCUMENTS)


DOCUMENTS = ("The cat sat on the mat. It is 4 years old.", "Mice ran past the mat.")

EXAMPLES = {
    "accuracy": LABELS,
    "answer_relevance": Example(
        None,
        Output(value="Where is the cat?"),
        Output(value="I do not know the answer to that."),
        "answer_relevance:embeddings=off",
        needs_expectation=False,
    ),
    "auroc": SURE,
    "balanced_accuracy": LABELS,
    "bleu": PROSE,
    "brier": SURE,
    "calibration_error": SURE,
    "choice": _text("B", "The answer is (B).", "The answer is (C)."),
    "chrf": PROSE,
    "citations": _grounded("The cat sat on the mat [1].", "The cat sat on the mat [2]."),
    "click_in_box": _text({"box": [10, 10, 20, 20]}, "click(15, 12)", "click(25, 12)"),
    "code_pass": _text(
        {"test": "def check(double):\n    assert double(4) == 8\n", "entry_point": "double"},
        "def double(x):\n    return 2 * x\n",
        "def double(x):\n    return x\n",
    ),
    "contains": _text("cat", SENTENCE, "No such animal."),
    "context_precision": Example(
        "The cat sat on the mat.",
        Output(value="x", detail={"context": [*DOCUMENTS]}),
        Output(value="x", detail={"context": [*reversed(DOCUMENTS)]}),
    ),
    "context_recall": Example(
        "The cat sat on the mat.",
        Output(value="x", detail={"context": [DOCUMENTS[0]]}),
        Output(value="x", detail={"context": [DOCUMENTS[1]]}),
    ),
    "cost": _free(Output(value="x", cost_usd=0.01), Output(value="x", cost_usd=0.02)),
    "edit_similarity": PROSE,
    "exact_match": PROSE,
    "f1": LABELS,
    "faithfulness": _grounded("The cat sat on the mat.", "Dogs bark at night."),
    "first_token": _free(Output(value="x", first_token_s=0.1), Output(value="x", first_token_s=0.2)),
    "first_wrong_step": Example(
        {"tool_calls": CALLS},
        _called("find", "cancel", scores={"reward": 0.0}),
        _called("cancel", scores={"reward": 0.0}),
        "first_wrong_step:of=all,skip=find",
    ),
    "forbidden": _text({"forbidden": ["guarantee"]}, "We try.", "We guaranteed it."),
    "glossary": _text({"glossary": {"sign in": ["log in"]}}, "Sign in here.", "Log in here."),
    "groundedness": _grounded("The cat is 4 years old.", "The cat is 5 years old."),
    "json_fields": _text({"a": 1, "b": {"c": "x"}}, '{"a": 1, "b": {"c": "x"}}', '{"a": 2}'),
    "json_schema": _text({"type": "object", "required": ["a"]}, '{"a": 1}', '{"b": 1}'),
    "json_valid": _free(Output(value='{"a": 1}'), Output(value="{a: 1}")),
    "language": _text(
        "en", "Where is the nearest railway station, please?", "Wo ist bitte der nächste Bahnhof?"
    ),
    "latency": _free(Output(value="x", latency_s=0.1), Output(value="x", latency_s=0.2)),
    "length": _free(Output(value="short"), Output(value="a longer text")),
    "loops": _free(_called("a", "b", "c"), _called("a", "b", "a", "b")),
    "map": RANKING,
    "mcc": LABELS,
    "model_share": _free(
        Output(value="x", latency_s=2.0, trace=(Span(name="m", kind="llm", duration_s=1.0),)),
        Output(value="x", latency_s=4.0, trace=(Span(name="m", kind="llm", duration_s=1.0),)),
    ),
    "mrr": RANKING,
    "ndcg": RANKING,
    "numeric_match": _text("A: 42", "So it is 42.", "So it is 41."),
    "precision": LABELS,
    "precision_at_k": RANKING,
    "recall": LABELS,
    "recall_at_k": RANKING,
    "recorded:NAME": _free(
        Output(value="x", scores={"r": 1.0}), Output(value="x", scores={"r": 0.0}), "recorded:r"
    ),
    "recovery": _free(
        Output(value="", trace=(Span(name="a", kind="tool", error="no"), Span(name="a", kind="tool"))),
        Output(value="", trace=(Span(name="a", kind="tool", error="no"),)),
    ),
    "refusal": _free(
        Output(value="Sure, here it is."), Output(value="I'm sorry, but I can't help with that.")
    ),
    "regex_match": _text(r"\d{2} mice", SENTENCE, "No mice."),
    "rouge_1": PROSE,
    "rouge_2": PROSE,
    "rouge_l": PROSE,
    "self_consistency": Example(
        None, Output(value="Cats sleep a lot."), Output(value=""), needs_expectation=False
    ),
    "steps": _free(_called("a"), _called("a", "b")),
    "task_success": _free(_called(scores={"reward": 1.0}), _called(scores={"reward": 0.0})),
    "ter": PROSE,
    "to_success": Example(
        None,
        _called("a", scores={"reward": 1.0}),
        _called("a", "b", scores={"reward": 1.0}),
        "to_success:of=steps",
        needs_expectation=False,
        silent=_called(scores={"reward": 0.0}),
    ),
    "token_f1": PROSE,
    "tokens": _free(
        Output(value="x", usage=Usage(output_tokens=3)), Output(value="x", usage=Usage(output_tokens=5))
    ),
    "tool_calls": Example(
        CALLS,
        Output(value="", trace=(Span(name="book", kind="tool", input={"day": "Monday"}),)),
        Output(value="", trace=(Span(name="cancel", kind="tool", input={}),)),
    ),
    "violations": Example({"rules": {"forbidden": ["b"]}}, _called("a"), _called("b")),
}
NEEDS_BWRAP = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap (bwrap) is not installed")
NAMES = [pytest.param(name, marks=[NEEDS_BWRAP] if name == "code_pass" else []) for name in EXAMPLES]

NEED_A_RECORD = {"model_share", "task_success", "to_success"}
COUNT_WHAT_WAS_DONE = {"first_wrong_step", "length", "loops", "steps", "violations"}

HOSTILE = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=60),
    st.sampled_from(
        [
            *(
                "\x00",
                "\ud800",
                "\udfff\ud800",
                "\u202e",
                "\ufeff",
                "{",
                "[" * 5000,
                '{"a":' * 2000,
                "NaN",
                "1e999",
                "-",
            ),
            *(
                "９" * 500,
                "(" * 300,
                "\\boxed{",
                "```json\n{}\n```",
                "[null]",
                "🇻" * 101,
                "กำ" * 50,
                "a\u0300" * 200,
            ),
            *(
                '{"label": "\ud83d", "confidence": 1e400}',
                '[{"name": 3}]',
                '{"tool_calls": {}}',
                '{"ids": {"a": 1}}',
            ),
            "I can't " * 40,
        ]
    ),
)


def _metric(name: str) -> Metric:
    return make_metric(EXAMPLES[name].metric or name)


def _case(example: Example) -> Case:
    return Case(id="1", input="Where is the cat?", expected=example.expected, context=example.context)


def test_every_metric_has_an_example() -> None:
    assert set(EXAMPLES) == set(metric_names())


@pytest.mark.parametrize("name", NAMES)
def test_repr_names_the_class_and_its_settings(name: str) -> None:
    metric = _metric(name)
    text = repr(metric)
    assert text.startswith(type(metric).__name__ + "(")
    for key in metric.spec.settings:
        assert key == "signature" or f"{key}=" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_survives_json_and_makes_an_equal_metric(name: str) -> None:
    metric = _metric(name)
    stored = parse_json(canonical_json(metric.spec.as_json()))
    assert isinstance(stored, dict)
    spec = spec_from_json(stored)
    assert spec == metric.spec
    again = rebuild(spec)
    assert again == metric
    assert hash(again) == hash(metric)


@pytest.mark.parametrize("name", NAMES)
def test_the_spec_is_coherent(name: str) -> None:
    spec = _metric(name).spec
    assert spec.name.partition(":")[0] == name.partition(":")[0]
    low, high = spec.range
    if spec.scale == "binary":
        assert (low, high) == (0.0, 1.0)
    if spec.scale == "bounded":
        assert low is not None
        assert high is not None
    if spec.failure is not None:
        assert low is None or spec.failure >= low
        assert high is None or spec.failure <= high
    assert all(isinstance(json.dumps(value), str) for value in spec.settings.values())
    assert spec.corpus == hasattr(_metric(name), "prepare")


@pytest.mark.parametrize("name", NAMES)
def test_scoring_is_pure(name: str) -> None:
    example = EXAMPLES[name]
    metric, case = _metric(name), _case(example)
    before = canonical_json([case.as_json(), example.perfect.as_json()])
    first = score_output(metric, case, example.perfect)
    score_output(metric, case, example.wrong)
    assert score_output(metric, case, example.perfect) == first
    assert score_output(_metric(name), case, example.perfect) == first
    assert canonical_json([case.as_json(), example.perfect.as_json()]) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_perfect_answer_is_at_least_as_good_as_a_wrong_one(name: str) -> None:
    example = EXAMPLES[name]
    metric = _metric(name)
    perfect = score_output(metric, _case(example), example.perfect)
    wrong = score_output(metric, _case(example), example.wrong)
    assert isinstance(perfect, Scored), perfect
    assert isinstance(wrong, Scored), wrong
    if metric.spec.direction == "higher":
        assert perfect.value > wrong.value
    elif metric.spec.direction == "lower":
        assert perfect.value < wrong.value
    if metric.spec.best is not None and metric.spec.scale == "binary":
        assert perfect.value == metric.spec.best
    canonical_json(dict(perfect.detail))


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_is_better_than_a_failure(name: str) -> None:
    example = EXAMPLES[name]
    metric = _metric(name)
    failure = metric.spec.failure
    perfect = score_output(metric, _case(example), example.perfect)
    assert isinstance(perfect, Scored)
    if failure is not None:
        worse = {"higher": failure <= perfect.value, "lower": failure >= perfect.value, "neither": True}
        assert worse[metric.spec.direction]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", ["", None, "  \n"])
def test_an_empty_answer_is_a_failure_of_the_target_or_measured(name: str, answer: Json) -> None:
    metric = _metric(name)
    score = score_output(metric, _case(EXAMPLES[name]), Output(value=answer))
    if name in {"latency", "cost", "tokens", "first_token", "recorded:NAME", *NEED_A_RECORD}:
        assert isinstance(score, Failed)
    elif name in COUNT_WHAT_WAS_DONE:
        assert isinstance(score, Scored)
        assert score.extracted
    elif name == "recovery":
        assert score == Skipped(reason="no call failed")
    else:
        assert isinstance(score, Scored)
        assert (score.value, score.extracted) == (metric.spec.failure, False)
        assert score.reason


@pytest.mark.parametrize("name", NAMES)
def test_without_an_expectation_a_metric_that_needs_one_is_skipped(name: str) -> None:
    example = EXAMPLES[name]
    case = Case(id="1", input="Where is the cat?", context=example.context)
    score = score_output(_metric(name), case, example.perfect)
    if example.needs_expectation:
        assert score == Skipped(reason="nothing expected")
    else:
        assert isinstance(score, Scored)


@pytest.mark.parametrize("name", NAMES)
def test_faults_follow_the_rules(name: str) -> None:
    metric, case = _metric(name), _case(EXAMPLES[name])
    lost = Output(fault=Fault(owner="infrastructure", kind="server", message="503"))
    assert isinstance(score_output(metric, case, lost), Failed)
    timeout = Output(fault=Fault(owner="target", kind="timeout", message="60 s"))
    score = score_output(metric, case, timeout)
    if metric.spec.failure is None:
        assert isinstance(score, Skipped)
    else:
        assert isinstance(score, Scored)
        assert (score.value, score.extracted) == (metric.spec.failure, False)
        assert "timeout" in score.reason
        if metric.spec.corpus:
            assert score.detail


def _in_range(metric: Metric, case: Case, output: Output) -> None:
    score = score_output(metric, case, output)
    if isinstance(score, Failed):
        assert "crashed" not in score.error, score.error
        assert "outside its range" not in score.error, score.error
    if isinstance(score, Scored):
        canonical_json(dict(score.detail))
        low, high = metric.spec.range
        assert low is None or score.value >= low
        assert high is None or score.value <= high
        if metric.spec.scale == "binary":
            assert score.value in {0.0, 1.0}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=HOSTILE, expected=st.one_of(st.none(), HOSTILE))
def test_hostile_texts_stay_in_range(name: str, answer: str, expected: str | None) -> None:
    metric = _metric(name)
    _in_range(metric, _case(EXAMPLES[name]), replace(EXAMPLES[name].perfect, value=answer))
    if expected is not None:
        _in_range(metric, Case(id="1", input=expected, expected=expected), Output(value=answer))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    answer=st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=5),
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["label", "confidence", "ids", "a", "tool_calls", "name"]), inner, max_size=3
            ),
        ),
        max_leaves=6,
    )
)
def test_hostile_objects_stay_in_range(name: str, answer: Json) -> None:
    _in_range(_metric(name), _case(EXAMPLES[name]), replace(EXAMPLES[name].perfect, value=answer))
    _in_range(_metric(name), Case(id="1", input=answer, expected=answer), EXAMPLES[name].perfect)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("piece", ["a", "word ", "[", "🇻"])
def test_a_megabyte_is_no_crash(name: str, piece: str) -> None:
    text = (piece * (1_000_000 // len(piece.encode())))[:1_000_000]
    _in_range(_metric(name), _case(EXAMPLES[name]), replace(EXAMPLES[name].perfect, value=text))


CORPUS = [name for name in EXAMPLES if name != "recorded:NAME" and make_metric(name).spec.corpus]


def _details(metric: Metric, example: Example, answers: list[Output]) -> list[dict[str, Json]]:
    expectations = [example.expected, "no"] if example in (LABELS, SURE) else [example.expected]
    details = []
    for number, output in enumerate(answers):
        case = Case(id="1", input="q", expected=expectations[number % len(expectations)])
        score = score_output(metric, case, output)
        assert isinstance(score, Scored)
        details.append(dict(score.detail))
    return details


@pytest.mark.parametrize("name", CORPUS)
def test_corpus_values_ignore_order_and_read_weights_as_repeats(name: str) -> None:
    example = EXAMPLES[name]
    metric = cast("CorpusMetric", _metric(name))
    rng = random.Random(7)
    answers = [rng.choice([example.perfect, example.wrong, example.silent]) for _ in range(30)]
    details = _details(metric, example, answers)
    value = metric.prepare(details)(np.ones(30))
    assert value is not None
    low, high = metric.spec.range
    assert low is None or value >= low - 1e-9
    assert high is None or value <= high + 1e-9
    shuffled = rng.sample(details, len(details))
    assert metric.prepare(shuffled)(np.ones(30)) == pytest.approx(value, abs=1e-12)
    weights = np.array([rng.randint(0, 3) for _ in range(30)], dtype=np.float64)
    weights[:4] = 1.0
    repeated = [detail for detail, weight in zip(details, weights, strict=True) for _ in range(int(weight))]
    by_weight = metric.prepare(details)(weights)
    by_repeat = metric.prepare(repeated)(np.ones(len(repeated)))
    assert (by_weight is None) == (by_repeat is None)
    if by_weight is not None:
        assert by_weight == pytest.approx(by_repeat, abs=1e-12)
        assert metric.prepare(details)(weights * 0.5) == pytest.approx(by_weight, abs=1e-9)


@pytest.mark.parametrize("name", CORPUS)
def test_corpus_values_of_one_item_and_of_none_are_a_number_or_nothing(name: str) -> None:
    example = EXAMPLES[name]
    metric = cast("CorpusMetric", _metric(name))
    for output in (example.perfect, example.wrong, example.silent):
        value = metric.prepare(_details(metric, example, [output]))(np.ones(1))
        assert value is None or np.isfinite(value)
    assert metric.prepare(_details(metric, example, [example.perfect]))(np.zeros(1)) is None
    assert metric.prepare([])(np.zeros(0)) is None


@pytest.mark.parametrize("name", CORPUS)
def test_corpus_values_point_the_declared_way(name: str) -> None:
    example = EXAMPLES[name]
    metric = cast("CorpusMetric", _metric(name))
    if example in (LABELS, SURE):
        right, wrong = _labelled(example, honest=True), _labelled(example, honest=False)
    else:
        right, wrong = [example.perfect] * 4, [example.wrong] * 4
    good = metric.prepare(_details(metric, example, right))(np.ones(4))
    bad = metric.prepare(_details(metric, example, wrong))(np.ones(4))
    assert good is not None
    assert bad is not None
    assert good > bad if metric.spec.direction == "higher" else good < bad


def _labelled(example: Example, *, honest: bool) -> list[Output]:
    """Answers to yes, no, yes, no: right ones, or mostly wrong ones."""
    if example is LABELS:
        return [
            Output(value=word)
            for word in (["yes", "no", "yes", "no"] if honest else ["no", "yes", "no", "no"])
        ]
    if honest:
        return [_sure("yes", 0.99), _sure("no", 0.98), _sure("yes", 0.97), _sure("yes", 0.01)]
    return [_sure("yes", 0.1), _sure("yes", 0.9), _sure("no", 0.9), _sure("no", 0.1)]


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_checked(name: str) -> None:
    text = EXAMPLES[name].metric or name
    joint = "," if "=" in text else ":"
    with pytest.raises(UsageError, match="no setting 'no_such_setting'"):
        make_metric(f"{text}{joint}no_such_setting=1") if name != "recorded:NAME" else make_metric(
            "contains:no_such_setting=1"
        )
    for key, value in make_metric(text).spec.settings.items():
        if isinstance(value, bool | int | float):
            with pytest.raises(UsageError, match=f"{key} cannot be 'what'"):
                make_metric(f"{text}{joint}{key}=what")
