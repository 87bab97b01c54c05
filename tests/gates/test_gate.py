from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from tests.gates.conftest import CLOCK, LOST, Recorder

from steelyard.bench import Imported, ImportedRun, add_version
from steelyard.core import Case, ConfigError, Estimate, GateResult, Output, StatisticsError, UsageError
from steelyard.gates import GateRequest, Release, Rule, RuleSet, evaluate_gate
from steelyard.metrics import make_metric
from steelyard.runs import RunPlan, RunRecord, import_run
from steelyard.store import Store

ALL_RIGHT = [True] * 200


def decide(
    store: Store, base: RunRecord, candidate: RunRecord, rules: RuleSet | None = None, **more: object
) -> GateResult:
    request = GateRequest(base=base, candidate=candidate, rules=rules or RuleSet(), **more)  # type: ignore[arg-type]
    return evaluate_gate(request, samples=store, gates=store, clock=CLOCK)


def test_a_run_against_itself_passes_as_unchanged(store: Store, record: Recorder) -> None:
    run = record("a", [True] * 10 + [False] * 10)
    result = decide(store, run, run)
    assert result.verdict == "PASS"
    assert result.rules[0].reason == "unchanged"


def test_a_clear_loss_fails(store: Store, record: Recorder) -> None:
    base = record("a", ALL_RIGHT)
    candidate = record("b", [row % 4 > 0 for row in range(200)])
    result = decide(store, base, candidate)
    assert (result.verdict, result.lean, result.rules[0].reason) == ("FAIL", "worse", "beyond-allowed-drop")
    assert result.rules[0].difference == pytest.approx(-0.25)
    assert result.rules[0].needs_cases is None


def test_a_small_sample_is_inconclusive_and_says_what_would_settle_it(store: Store, record: Recorder) -> None:
    base = record("a", [row % 10 > 0 for row in range(100)])
    candidate = record("b", [row % 10 > 0 and row not in (5, 15, 25) for row in range(100)])
    result = decide(store, base, candidate)
    rule = result.rules[0]
    assert result.verdict == "INCONCLUSIVE"
    assert rule.needs_cases is not None
    assert rule.needs_cases.expected is not None
    assert rule.needs_cases.low <= rule.needs_cases.expected
    assert rule.needs_cases.high is None or rule.needs_cases.high >= rule.needs_cases.expected


def test_a_value_on_its_bound_is_settled_by_no_number_of_cases(store: Store, record: Recorder) -> None:
    base = record("a", [row % 10 > 0 for row in range(200)])
    rules = RuleSet(rules=(Rule(metric="exact_match", kind="bound", at_least=0.9),))
    rule = decide(store, base, base, rules).rules[0]
    assert (rule.verdict, rule.difference) == ("INCONCLUSIVE", 0.0)
    assert rule.needs_cases is not None
    assert (rule.needs_cases.expected, rule.needs_cases.high) == (None, None)
    assert rule.needs_cases.low > 0


def test_a_bound_from_above_holds_a_lower_is_better_metric(store: Store, record: Recorder) -> None:
    # "no b" is one character longer than "yes": means of 3.5 and 3.9.
    base = record("a", [row % 2 > 0 for row in range(200)], metrics=("length",))
    candidate = record("b", [row % 10 == 0 for row in range(200)], metrics=("length",))
    rules = RuleSet(rules=(Rule(metric="length", kind="bound", at_most=3.7),))
    assert decide(store, base, base, rules).verdict == "PASS"
    assert decide(store, base, candidate, rules).verdict == "FAIL"


@pytest.mark.parametrize(("limit", "verdict"), [(0.90, "PASS"), (0.95, "INCONCLUSIVE"), (0.999, "FAIL")])
def test_a_bound_is_decided_by_the_exact_interval(
    store: Store, record: Recorder, limit: float, verdict: str
) -> None:
    # Clopper-Pearson for 193 of 200: .9292 to .9858 (statsmodels proportion_confint, method="beta").
    run = record("a", [row >= 7 for row in range(200)])
    result = decide(
        store, run, run, RuleSet(rules=(Rule(metric="exact_match", kind="bound", at_least=limit),))
    )
    assert result.verdict == verdict
    assert result.rules[0].interval == pytest.approx((0.9292, 0.9858), abs=5e-4)


def test_missing_pairs_are_held_against_the_candidate(store: Store, record: Recorder) -> None:
    base = record("a", ALL_RIGHT)
    candidate = record("b", [None] * 8 + [True] * 192)
    result = decide(store, base, candidate)
    assert (result.verdict, result.rules[0].reason) == ("INCONCLUSIVE", "missing-decides")


def test_above_the_missing_cap_nothing_is_decided(store: Store, record: Recorder) -> None:
    base = record("a", ALL_RIGHT)
    candidate = record("b", [None] * 20 + [False] * 180)
    result = decide(store, base, candidate)
    assert (result.verdict, result.rules[0].reason) == ("INCONCLUSIVE", "too-many-missing")


def test_five_groups_are_shown_but_do_not_decide(store: Store, record: Recorder) -> None:
    groups = [f"g{row // 40}" for row in range(200)]
    base = record("a", ALL_RIGHT, groups=groups)
    candidate = record("b", [row % 4 > 0 for row in range(200)], groups=groups)
    result = decide(store, base, candidate)
    assert (result.verdict, result.rules[0].reason) == ("INCONCLUSIVE", "too-few-units")


def test_all_rules_must_pass_and_a_failing_one_is_corrected_for_their_number(
    store: Store, record: Recorder
) -> None:
    slices = {row: {"topic": "refunds" if row < 50 else "other"} for row in range(200)}
    base = record("a", ALL_RIGHT, slices=slices)
    candidate = record("b", [row >= 45 for row in range(200)], slices=slices)
    rules = RuleSet(
        rules=(
            Rule(metric="exact_match", slice="topic=other"),
            Rule(metric="exact_match", slice="topic=refunds"),
        )
    )
    result = decide(store, base, candidate, rules)
    assert [rule.verdict for rule in result.rules] == ["PASS", "FAIL"]
    assert result.verdict == "FAIL"


def test_a_rule_on_an_empty_slice_names_the_slices_there_are(store: Store, record: Recorder) -> None:
    run = record("a", ALL_RIGHT, slices={row: {"topic": "refunds"} for row in range(200)})
    rules = RuleSet(rules=(Rule(metric="exact_match", slice="topic=refund"),))
    with pytest.raises(UsageError, match=r"no case lies in the slice topic=refund.*refunds"):
        decide(store, run, run, rules)


def test_runs_without_a_common_case_cannot_be_compared(store: Store, record: Recorder) -> None:
    base = record("a", [True, True])
    candidate = record("b", [True] * 2, slices={})
    other = record("c", [True, False, True])
    assert decide(store, base, candidate).verdict == "PASS"
    assert decide(store, base, other).comparison.notes  # different versions: said so
    with pytest.raises(StatisticsError, match="metric bleu was not scored"):
        decide(store, base, candidate, RuleSet(rules=(Rule(metric="bleu"),)))


def test_asking_again_with_more_cases_is_stricter_and_on_the_same_data_is_not(
    store: Store, record: Recorder
) -> None:
    def ask(count: int) -> GateResult:
        base = record("a", [row % 10 > 0 for row in range(count)])
        candidate = record("b", [row % 10 > 0 and row % 40 != 5 for row in range(count)])
        return decide(store, base, candidate)

    first, same, second, third = ask(100), ask(100), ask(200), ask(240)
    assert [result.look for result in (first, same, second, third)] == [1, 1, 2, 3]
    levels = [result.rules[0].evidence.level for result in (first, second, third) if result.rules[0].evidence]
    assert levels == pytest.approx([0.95, 0.975, 0.9875])
    assert "put 3 times" in third.notes[0]


def test_another_systems_answers_are_another_question(store: Store, record: Recorder) -> None:
    base = record("a", [row % 10 > 0 for row in range(100)])
    first = record("b", [row % 10 > 0 and row not in (5, 15, 25) for row in range(100)])
    other = record("c", [row % 10 > 0 and row not in (6, 15, 27) for row in range(100)])
    assert [decide(store, base, run).look for run in (first, other)] == [1, 1]


def test_the_anchor_keeps_small_drops_from_adding_up(store: Store, record: Recorder) -> None:
    released = record("r", [True] * 2000)
    base = record("a", [row >= 60 for row in range(2000)])
    candidate = record("b", [row >= 61 for row in range(2000)])
    store.add_release(Release(name="autumn", run=released.id, released=CLOCK.now()))
    alone = decide(store, base, candidate)
    anchored = decide(store, base, candidate, RuleSet(anchor="autumn"), anchor=released)
    assert alone.verdict == "PASS"
    assert anchored.verdict == "FAIL"
    assert "release autumn" in anchored.rules[1].rule


def test_sealed_cases_count_but_are_not_listed(store: Store, record: Recorder) -> None:
    base = record("a", ALL_RIGHT, split=lambda row: "sealed" if row % 2 else "open")
    candidate = record(
        "b", [row >= 100 for row in range(200)], split=lambda row: "sealed" if row % 2 else "open"
    )
    result = decide(store, base, candidate)
    assert result.rules[0].difference == pytest.approx(-0.5)
    assert len(result.comparison.broken) == 50


def test_runs_that_repeat_cases_differently_often_are_compared_by_case(
    store: Store, record: Recorder
) -> None:
    # The candidate answers each of 100 cases three times and is right in two of them: 1 − 2/3.
    base = record("a", [True] * 100)
    candidate = record("b", [*[True] * 200, *[False] * 100], epochs=3)
    rule = decide(store, base, candidate).rules[0]
    assert rule.verdict == "FAIL"
    assert rule.difference == pytest.approx(-1 / 3)


@pytest.mark.parametrize(
    "rule", [Rule(metric="exact_match", margin=2), Rule(metric="exact_match", kind="bound", at_least=90)]
)
def test_a_share_written_in_points_is_refused(store: Store, record: Recorder, rule: Rule) -> None:
    run = record("a", ALL_RIGHT)
    with pytest.raises(ConfigError, match="is more than all of it"):
        decide(store, run, run, RuleSet(rules=(rule,)))


def _recorded_run(
    store: Store, label: str, scores: Sequence[float | None], spec: str, **case: object
) -> RunRecord:
    """A run whose score `s` was recorded; None is a sample that was lost to the network."""
    weights = case.get("weights")
    cases = [
        Case(id=f"r{row}", input="?", weight=weights[row] if isinstance(weights, list) else 1.0)
        for row in range(len(scores))
    ]
    outputs = {
        (f"r{row}", 1): LOST if score is None else Output(value=f"{label} {row}", scores={"s": score})
        for row, score in enumerate(scores)
    }
    version = add_version(store, "recorded", Imported(cases=tuple(cases)), clock=CLOCK).version
    return import_run(
        ImportedRun(label=label, outputs=outputs),
        RunPlan(version=version, label=label),
        store,
        metrics=[make_metric(spec)],
        clock=CLOCK,
        rng=random.Random(f"{label} {scores}"),
    )


def _bound(
    store: Store, old: Sequence[float | None], new: Sequence[float | None], spec: str, **limits: object
) -> GateResult:
    weights = {"weights": limits.pop("weights")} if "weights" in limits else {}
    base, candidate = (
        _recorded_run(store, name, scores, spec, **weights) for name, scores in (("old", old), ("new", new))
    )
    rule = Rule(metric=candidate.metrics[0].key, kind="bound", **limits)  # type: ignore[arg-type]
    return decide(store, base, candidate, RuleSet(rules=(rule,), max_missing=0.5))


def test_a_bound_judges_one_run_though_the_other_has_scores_between(store: Store) -> None:
    result = _bound(store, [0.5] * 10 + [1.0] * 90, [1.0] * 100, "recorded:s", at_least=0.9)
    evidence = result.rules[0].evidence
    assert (result.verdict, result.rules[0].reason) == ("PASS", "meets-bound")
    assert evidence is not None
    assert evidence.method == "Clopper-Pearson"


def test_equal_scores_of_a_known_range_decide_a_bound_by_it(store: Store) -> None:
    spec = "recorded:s:scale=bounded,low=1,high=5"
    result = _bound(store, [4.0, 3.0] * 50, [4.5] * 100, spec, at_least=4.0)
    # .025^(1/100) = .96378: 1 + 3.5 × .96378 = 4.373
    assert result.verdict == "PASS"
    assert result.rules[0].interval == pytest.approx((4.3732, 4.5181), abs=1e-3)
    assert any("no variation among 100 cases" in note for note in result.notes)
    assert _bound(store, [4.0, 3.0] * 4, [4.5] * 8, spec, at_least=4.0).verdict == "INCONCLUSIVE"


def test_equal_scores_without_a_range_say_what_is_missing(store: Store) -> None:
    result = _bound(store, [0.7, 0.8] * 10, [0.95] * 20, "recorded:s", at_least=0.9)
    rule = result.rules[0]
    assert (rule.verdict, rule.reason) == ("INCONCLUSIVE", "no-variation")
    assert "No variation among 20 cases" in rule.text
    assert "too few cases" not in rule.text


def test_missing_cases_weigh_in_a_bound_what_their_case_weighs(store: Store) -> None:
    weights = [1.0] * 95 + [20.0] * 5
    new: list[float | None] = [1.0] * 95 + [None] * 5
    result = _bound(store, [1.0] * 100, new, "recorded:s:scale=binary", at_least=0.9, weights=weights)
    evidence = result.rules[0].evidence
    assert isinstance(evidence, Estimate)
    assert evidence.bounds == pytest.approx((95 / 195, 1.0))
    assert evidence.estimand == "cases like these, weighted as the cases say"
    assert (result.verdict, result.rules[0].reason) == ("INCONCLUSIVE", "missing-decides")
    both = result.comparison.metrics[0]
    assert both.base.estimand == both.candidate.estimand == evidence.estimand


def test_a_baseline_that_failed_takes_nothing_from_a_bound(store: Store, record: Recorder) -> None:
    sides = {row: {"half": "left" if row < 50 else "right"} for row in range(100)}
    base = record("a", [True] * 60 + [None] * 40, slices=sides)
    candidate = record("b", [True] * 60 + [False] * 39 + [None], slices=sides)
    rules = RuleSet(
        rules=(
            Rule(metric="exact_match", kind="bound", at_least=0.8),
            Rule(metric="exact_match", kind="bound", at_least=0.8, slice="half=left"),
            Rule(metric="exact_match", kind="bound", at_least=0.8, slice="half=right"),
        )
    )
    whole, left, right = decide(store, base, candidate, rules).rules
    for rule, value, n, missing in ((whole, 60 / 99, 99, 1), (left, 1.0, 50, 0), (right, 10 / 49, 49, 1)):
        assert isinstance(rule.evidence, Estimate)
        assert rule.evidence.value == pytest.approx(value)
        assert (rule.evidence.n, rule.evidence.missing) == (n, missing)
    assert [whole.verdict, left.verdict, right.verdict] == ["FAIL", "PASS", "FAIL"]


def test_the_estimand_names_the_weighting_of_clustered_cases(store: Store, record: Recorder) -> None:
    run = record("a", [row % 3 > 0 for row in range(60)], groups=[f"g{row // 3}" for row in range(60)])
    assert decide(store, run, run).comparison.metrics[0].candidate.estimand.endswith("weighted by case")


@pytest.mark.parametrize("metric", ["exact_match", "edit_similarity", "accuracy"])
@pytest.mark.parametrize("limits", [{}, {"kind": "bound", "at_least": 0.1}])
def test_fewer_than_eight_groups_never_decide(
    store: Store, record: Recorder, metric: str, limits: dict[str, object]
) -> None:
    groups = [f"g{row % 7}" for row in range(140)]
    answers = [row % 3 > 0 for row in range(140)]
    base = record("a", answers, groups=groups, metrics=[metric])
    candidate = record("b", [not answer for answer in answers], groups=groups, metrics=[metric])
    rules = RuleSet(rules=(Rule(metric=metric, **limits),))  # type: ignore[arg-type]
    result = decide(store, base, candidate, rules)
    assert (result.verdict, result.rules[0].reason) == ("INCONCLUSIVE", "too-few-units")
    assert result.rules[0].evidence is not None
    assert result.rules[0].evidence.interval is not None
