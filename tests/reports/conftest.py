"""Records with realistic numbers: four recorded models on 1,319 arithmetic questions, and others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steelyard.core import (
    BenchmarkRef,
    Comparison,
    Difference,
    Estimate,
    Flip,
    GateResult,
    NeededCases,
    RankedRun,
    RuleResult,
    RunSummary,
    SliceEstimate,
)
from steelyard.reports import explain_rule, name_rule

N = 1319
SIGNATURE = "gsm8k@v1|a1b2c3d4|numeric_match:1|n=1319|Wilson|seed=0|steelyard 0.1.0"
ACCURACY = {
    "6b_finetuning": (0.2168, (0.1954, 0.2399)),
    "6b_verification": (0.3904, (0.3645, 0.4171)),
    "175b_finetuning": (0.3472, (0.3220, 0.3733)),
    "175b_verification": (0.5625, (0.5356, 0.5891)),
}


def estimate(label: str = "6b_verification", **changes: object) -> Estimate:
    value, interval = ACCURACY[label]
    made = Estimate(
        name="numeric_match", value=value, interval=interval, n=N, method="Wilson", signature=SIGNATURE
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def difference(base: str, candidate: str, interval: tuple[float, float], **changes: object) -> Difference:
    made = Difference(
        name="numeric_match",
        base=estimate(base),
        candidate=estimate(candidate),
        difference=round(ACCURACY[candidate][0] - ACCURACY[base][0], 4),
        interval=interval,
        p_value=0.0031,
        p_adjusted=0.0031,
        method="Tango; exact McNemar",
        n_pairs=N,
        n_clusters=N,
        minimum_detectable=0.041,
        signature=SIGNATURE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def flip(i: int, **changes: object) -> Flip:
    made = Flip(
        case_id=f"gsm8k-{i:04d}",
        epoch=1,
        input="Janet’s ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
        "muffins for her friends every day with four. She sells the remainder at the farmers' market "
        "daily for $2 per fresh duck egg. How much in dollars does she make every day?",
        expected="18",
        base_output="Janet sells 16 - 3 - 4 = 9 eggs a day.\nShe makes 9 * 2 = $18 every day.\n#### 18",
        candidate_output="Janet sells 16 - 3 = 13 eggs a day.\nShe makes 13 * 2 = $26 every day.\n#### 26",
        metric="numeric_match",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def slices() -> tuple[Difference, ...]:
    rows = (
        ("2 or 3", -0.021, (-0.064, 0.022), 503, "inconclusive"),
        ("4 or 5", -0.049, (-0.094, -0.004), 489, "worse"),
        ("6 or more", -0.070, (-0.117, -0.023), 327, "worse"),
    )
    return tuple(
        difference(
            "6b_verification",
            "175b_finetuning",
            interval,
            difference=change,
            n_pairs=n,
            n_clusters=n,
            verdict=verdict,
            slice=f"steps={value}",
        )
        for value, change, interval, n, verdict in rows
    )


def comparison(main: Difference, base: str, candidate: str, **changes: object) -> Comparison:
    made = Comparison(
        base_run="run-1k8f3q2-7xq4m",
        candidate_run="run-1k8f3q9-a2b3c",
        base_label=base,
        candidate_label=candidate,
        benchmark="gsm8k@v1",
        metrics=(main,),
        slices=slices() if candidate == "175b_finetuning" else (),
        broken=tuple(flip(i) for i in range(209)),
        fixed=tuple(flip(i) for i in range(2000, 2152)),
        allowed_drop=0.02,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def rule(main: Difference, **changes: object) -> RuleResult:
    made = RuleResult(
        rule=name_rule("numeric_match", "allowed-drop", margin=0.02),
        metric="numeric_match",
        kind="allowed-drop",
        verdict="INCONCLUSIVE",
        lean="worse",
        reason="worse-not-yet-beyond",
        text="",
        difference=main.difference,
        interval=main.interval,
        margin=0.02,
        evidence=main,
    )
    made = replace(made, **changes)  # type: ignore[arg-type]
    return replace(made, text=explain_rule(made))


def gate(*rules: RuleResult, of: Comparison, **changes: object) -> GateResult:
    first = rules[0]
    made = GateResult(verdict=first.verdict, lean=first.lean, reason=first.text, rules=rules, comparison=of)
    return replace(made, **changes)  # type: ignore[arg-type]


class Records:
    """Factories of records, for tests that change one field."""

    estimate = staticmethod(estimate)
    difference = staticmethod(difference)
    comparison = staticmethod(comparison)
    rule = staticmethod(rule)
    gate = staticmethod(gate)
    flip = staticmethod(flip)

    def worse(self) -> Difference:
        """Worse, but perhaps by less than 2 points."""
        interval = (-0.0713, -0.0151)
        return difference("6b_verification", "175b_finetuning", interval, verdict="worse")

    def unsure(self) -> GateResult:
        """INCONCLUSIVE, leaning worse."""
        main = self.worse()
        needs = NeededCases(expected=2640, low=310, high=None, towards="FAIL")
        of = comparison(main, "6b_verification", "175b_finetuning")
        return gate(rule(main, needs_cases=needs), of=of)

    def failed(self) -> GateResult:
        """FAIL."""
        interval = (-0.2003, -0.1470)
        main = difference("6b_verification", "6b_finetuning", interval, verdict="worse")
        of = comparison(main, "6b_verification", "6b_finetuning")
        return gate(rule(main, verdict="FAIL", reason="beyond-allowed-drop"), of=of)

    def passed(self) -> GateResult:
        """PASS."""
        interval = (0.1470, 0.2003)
        main = difference("6b_finetuning", "6b_verification", interval, verdict="better")
        of = comparison(main, "6b_finetuning", "6b_verification")
        return gate(rule(main, verdict="PASS", lean="better", reason="within-allowed-drop"), of=of)

    def run(self, **changes: object) -> RunSummary:
        """A complete run with slices."""
        steps = (("2 or 3", 0.523, (0.479, 0.566), 503), ("4 or 5", 0.366, (0.325, 0.410), 489))
        made = RunSummary(
            run="run-1k8f3q2-7xq4m",
            label="6b_verification",
            status="complete",
            benchmark=BenchmarkRef(name="gsm8k", version="v1", hash="a1b2c3d4" * 8, cases=N),
            target="replay:6b_verification.jsonl",
            started="2026-11-22T01:18:00Z",
            scored=N,
            failed=0,
            skipped=0,
            metrics=(
                estimate(),
                estimate(
                    name="latency", value=1.3421, interval=(1.2933, 1.3909), measure="s", method="Student t"
                ),
            ),
            slices=tuple(
                SliceEstimate(
                    dimension="steps",
                    slice_value=value,
                    estimate=estimate(value=share, interval=interval, n=n),
                )
                for value, share, interval, n in steps
            ),
            not_extracted={"numeric_match": 7},
            cost_usd=0.4213,
            seconds=83.0,
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def ranking(self) -> tuple[RankedRun, ...]:
        """Four runs."""
        ranks = {"175b_verification": 1, "6b_verification": 2, "175b_finetuning": 3, "6b_finetuning": 4}
        costs = {
            "175b_verification": 0.031,
            "6b_verification": 0.0042,
            "175b_finetuning": 0.0093,
            "6b_finetuning": 0.0004,
        }
        return tuple(
            RankedRun(
                run=f"run-{label}",
                label=label,
                estimate=estimate(label),
                rank_low=rank,
                rank_high=rank,
                cost_usd=costs[label],
                latency_s=1.2 + 40 * costs[label],
                on_frontier=label != "175b_finetuning",
            )
            for label, rank in ranks.items()
        )


@pytest.fixture
def records() -> Records:
    """Factories of records."""
    return Records()
