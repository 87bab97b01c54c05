"""What a benchmark can settle, in words, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, Json, StatisticsError
from steelyard.gates import compare_runs
from steelyard.runs import STATE_SCORED, RunRecord
from steelyard.stats import DEFAULT_DISCORDANCE, Plan, binary_spread, plan_gate, proposed_drop, units_for
from steelyard.store import Store

OTHER_DROPS = (0.01, 0.02, 0.05, 0.1)
ASSUMED_CORRELATION = 0.5
"""Correlation between two versions' scores of the same case when only one of them has been run."""
NO_PILOT = (
    f"no pilot: assumes that {DEFAULT_DISCORDANCE:.0%} of right-or-wrong answers differ between versions "
    "(give a pair of earlier runs with --run BASE..CANDIDATE to measure it)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What an allowed drop means on a benchmark of this size."""

    version: BenchmarkVersion
    """The benchmark version."""
    units: int
    """Independent units: groups count once."""
    plan: Plan
    """The chances at the allowed drop."""
    proposed: float
    """The smallest sensible allowed drop that these cases settle."""
    basis: str
    """Where the spread comes from."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object."""
        plan = self.plan
        return {
            **self.version.ref.as_json(),
            "units": self.units,
            "allowed_drop": plan.margin,
            "pass_if_unchanged": plan.pass_if_unchanged,
            "worse_by": plan.worse_by,
            "fail_if_worse": plan.fail_if_worse,
            "minimum_detectable": plan.minimum_detectable,
            "settled_drop": plan.settled_drop,
            "proposed_drop": self.proposed,
            "cases_for_allowed_drop": plan.units_for_margin,
            "spread": plan.spread,
            "level": plan.level,
            "basis": self.basis,
        }

    def describe(self) -> str:
        """The same in words."""
        plan, points = self.plan, self.plan.settled_drop * 100
        name = f"{self.version.name}@{self.version.version}"
        others = ", ".join(
            f"{drop:.0%}: {units_for(drop, plan.spread, level=plan.level):,}" for drop in OTHER_DROPS
        )
        return "\n".join(
            (
                f"{self.units:,} independent cases of {name} settle a drop of about {points:.2g} points;",
                f"{plan.margin * 100:g} points need about {plan.units_for_margin:,}.",
                "",
                f"With an allowed drop of {plan.margin * 100:g} points:",
                f"  an unchanged candidate gets PASS with {plan.pass_if_unchanged:.0%} chance,",
                f"  one worse by {plan.worse_by * 100:g} points FAIL with {plan.fail_if_worse:.0%} chance,",
                "  and everything else ends as NOT SURE YET.",
                f"A difference of {plan.minimum_detectable * 100:.2g} points would show four times in five.",
                f"Cases needed for an allowed drop of {others}.",
                f"Proposed: allowed_drop = {self.proposed:g}",
                f"Basis: {self.basis}",
            )
        )


def benchmark_power(
    version: BenchmarkVersion,
    cases: Sequence[Case],
    *,
    margin: float,
    pilot: tuple[float, str] | None = None,
) -> Power:
    """Plan a gate on these cases; `pilot` is a spread a unit and where it was measured."""
    units = len({case.cluster for case in cases})
    spread, basis = pilot or (binary_spread(), NO_PILOT)
    return Power(
        version=version,
        units=units,
        plan=plan_gate(n_units=units, spread=spread, margin=margin),
        proposed=proposed_drop(units, spread),
        basis=basis,
    )


def pilot_from_runs(base: RunRecord, candidate: RunRecord, *, store: Store) -> tuple[float, str]:
    """The spread of a unit's difference between two runs, on the first metric they share."""
    compared = compare_runs(base, candidate, samples=store)
    first = compared.comparison.metrics[0]
    if first.identical_outputs or first.minimum_detectable is None:
        raise StatisticsError(
            "the two runs have the same answers, so they say nothing about how much versions differ",
            where=f"{base.id} and {candidate.id}",
            hint="Use runs of two different versions, or none",
        )
    reach = plan_gate(n_units=max(first.n_clusters, 1), spread=1.0, margin=1.0).minimum_detectable
    spread = first.minimum_detectable / reach
    return (
        spread,
        f"measured between {base.label or base.id} and {candidate.label or candidate.id} on {first.name}",
    )


def pilot_from_run(run: RunRecord, *, store: Store) -> tuple[float, str] | None:
    """A cautious spread from one run's scores on its first metric that is a share.

    None when its scores do not vary; raises StatisticsError when it has no such metric.
    """
    first = next((spec for spec in run.metrics if spec.measure == "share" and not spec.corpus), None)
    if first is None:
        raise StatisticsError(
            "the run has no metric between 0 and 1 that is a mean over cases",
            where=run.label or run.id,
            hint=f"Score it with one: steelyard score {run.id} --metric exact_match",
        )
    table = store.score_table(run.id, first.key)
    scored = table.values[table.states == STATE_SCORED]
    if not len(scored):
        return None
    variance = float(scored.var())
    if variance <= 0:
        return None
    discordance = min(1.0, 2 * variance * (1 - ASSUMED_CORRELATION))
    source = f"the spread of {first.key} in {run.label or run.id}"
    return (
        discordance**0.5,
        f"{source}, with two versions' scores assumed to correlate at {ASSUMED_CORRELATION:g}",
    )
