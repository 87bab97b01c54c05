"""The recorded part: answers become runs, runs become verdicts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from steelyard import __version__
from steelyard.app._project import Project
from steelyard.app._wiring import make_caller, make_metrics, make_target
from steelyard.app.demo._versions import BASE, BENCHMARK, CANDIDATES, METRIC, MODEL, PromptVersion
from steelyard.bench import BenchmarkVersion, add_version, read_cases
from steelyard.core import GateResult, Json, RunSummary, SystemClock
from steelyard.gates import GateRequest, RuleSet, evaluate_gate
from steelyard.runs import RunPlan, RunRecord, execute, summarise
from steelyard.store import Store
from steelyard.targets import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One candidate weighed against the version in use."""

    base: RunSummary
    """The version in use."""
    candidate: RunSummary
    """The version that wants to ship."""
    version: PromptVersion
    """The candidate's name and idea."""
    result: GateResult
    """The verdict with its reasoning."""
    report: str = ""
    """Its page, relative to the demo's folder."""

    def as_json(self) -> dict[str, Json]:
        """The verdict as the demo's JSON object lists it."""
        rule = self.result.rules[0]
        return {
            "base": self.base.label,
            "candidate": self.candidate.label,
            "idea": self.version.idea,
            "verdict": self.result.verdict,
            "lean": self.result.lean,
            "reason": self.result.reason,
            "difference": rule.difference,
            "interval": list(rule.interval) if rule.interval else None,
            "allowed_drop": rule.margin,
            "runs": [self.base.run, self.candidate.run],
            "report": self.report,
        }


def record_runs(project: Project, store: Store) -> dict[str, RunRecord]:
    """The benchmark and one run a recording, by label; what an earlier call stored is used again."""
    imported = read_cases(project.folder / "support.jsonl", format="jsonl")
    message = "Questions about texts of a web shop, written for the demo"
    version = add_version(store, BENCHMARK, imported, clock=SystemClock(), message=message).version
    return {each.name: _replayed(each, project, store, version=version) for each in (BASE, *CANDIDATES)}


def decide_all(project: Project, store: Store, runs: dict[str, RunRecord]) -> list[Decided]:
    """Every candidate against the version in use, by the project's allowed drop."""
    base = runs[BASE.name]
    drop = project.gate.allowed_drop
    return [
        decide(store, (base, runs[candidate.name]), version=candidate, allowed_drop=drop)
        for candidate in CANDIDATES
    ]


def decide(
    store: Store, runs: tuple[RunRecord, RunRecord], *, version: PromptVersion, allowed_drop: float
) -> Decided:
    """One gate: baseline, then candidate."""
    base, candidate = runs
    request = GateRequest(base=base, candidate=candidate, rules=replace(RuleSet(), allowed_drop=allowed_drop))
    result = evaluate_gate(request, samples=store, gates=store, clock=SystemClock())
    return Decided(
        base=summarise(base, store), candidate=summarise(candidate, store), version=version, result=result
    )


def _replayed(
    version_of_prompt: PromptVersion, project: Project, store: Store, *, version: BenchmarkVersion
) -> RunRecord:
    name = version_of_prompt.name
    target = make_target(replace(project, targets={}), f"replay:recordings/{name}.jsonl.gz")
    earlier = _same_run(store.list_runs(), name, recording=target.info.settings["file_hash"], version=version)
    if earlier is not None:
        return earlier
    plan = RunPlan(
        version=version,
        label=name,
        software=__version__,
        notes=(f"Answers of {MODEL} with prompts/{name}.md, recorded once.",),
    )
    caller = make_caller(target, Limits(), store=store, use_cache=False, seed=0)
    return execute(
        plan,
        store,
        caller=caller,
        metrics=make_metrics(project, [METRIC]),
        clock=SystemClock(),
        rng=random.Random(),
    )


def _same_run(
    runs: Sequence[RunRecord], label: str, *, recording: Json, version: BenchmarkVersion
) -> RunRecord | None:
    """A complete run of this recording on these cases, from an earlier time."""
    for run in runs:
        settings = run.target.get("settings")
        held = settings.get("file_hash") if isinstance(settings, dict) else None
        if (run.label, run.status, run.benchmark.hash, held) == (label, "complete", version.hash, recording):
            return run
    return None
