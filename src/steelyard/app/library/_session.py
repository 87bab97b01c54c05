"""A project opened from Python: run, compare and gate as functions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from steelyard import __version__
from steelyard.app._experts import judges_of, summary_of
from steelyard.app._gating import gate_request, gate_rules, project_rules
from steelyard.app._project import Project, find_project
from steelyard.app._wiring import code_revision, find_run, make_caller, make_metrics, make_target
from steelyard.app.library._notebook import show_in_notebooks
from steelyard.bench import resolve_version
from steelyard.core import Comparison, GateResult, RunSummary, SystemClock
from steelyard.gates import CompareOptions, RuleSet, compare_runs, evaluate_gate, parse_rules
from steelyard.metrics import Metric
from steelyard.runs import RunPlan, execute
from steelyard.store import Store, open_store
from steelyard.targets import Limits

Rules: TypeAlias = RuleSet | Mapping[str, object] | str | Path | None
Metrics: TypeAlias = str | Sequence[str | Metric]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open project: use it as a context manager."""

    project: Project
    """The project's settings."""
    store: Store
    """Its store."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.close()

    def run(
        self,
        benchmark: str,
        *,
        target: str,
        metrics: Metrics = ("exact_match",),
        epochs: int | None = None,
        label: str = "",
        limits: Limits | None = None,
    ) -> RunSummary:
        """Run `NAME[@VERSION]` against a target by name or URI; returns its headline numbers."""
        caller = make_caller(
            make_target(self.project, target), limits or Limits(), store=self.store, use_cache=False, seed=0
        )
        plan = RunPlan(
            version=resolve_version(self.store, benchmark),
            epochs=epochs,
            label=label,
            software=__version__,
            revision=code_revision(self.project),
        )
        listed = [metrics] if isinstance(metrics, str) else metrics
        made = [
            make_metrics(self.project, [item], store=self.store)[0] if isinstance(item, str) else item
            for item in listed
        ]
        record = execute(
            plan, self.store, caller=caller, metrics=made, clock=SystemClock(), rng=random.Random()
        )
        return summary_of(record, self.store)

    def summary(self, run: str) -> RunSummary:
        """The headline numbers of a run, by id, id prefix, label or `latest`."""
        return summary_of(find_run(self.store, run), self.store)

    def compare(
        self,
        base: str,
        candidate: str,
        *,
        metrics: Sequence[str] = (),
        allowed_drop: float | None = None,
    ) -> Comparison:
        """What changed from one run to another, on the cases they share."""
        listed = [metrics] if isinstance(metrics, str) else metrics
        runs = [find_run(self.store, name) for name in (base, candidate)]
        options = CompareOptions(
            metrics=listed, allowed_drop=allowed_drop, judges=judges_of(runs, self.store)
        )
        return compare_runs(*runs, samples=self.store, options=options).comparison

    def gate(self, base: str, candidate: str, *, rules: Rules = None) -> GateResult:
        """PASS, FAIL or INCONCLUSIVE, with the reasoning.

        `rules` is a rules file, its content as a mapping, or a `RuleSet`; None: the project's.
        """
        request = gate_request(base, candidate, rules=self._rules(rules), store=self.store)
        return evaluate_gate(request, samples=self.store, gates=self.store, clock=SystemClock())

    def _rules(self, given: Rules) -> RuleSet:
        if isinstance(given, RuleSet):
            return given
        if isinstance(given, Mapping):
            return parse_rules(given, where="rules", defaults=project_rules(self.project))
        return gate_rules(self.project, file=Path(given) if given is not None else None)


def open_project(folder: str | Path | None = None) -> Session:
    """Open the project in a folder, or the nearest one upward from here."""
    show_in_notebooks()
    project = find_project(Path(folder) if folder is not None else None)
    return Session(project=project, store=open_store(project.store))


def run(
    benchmark: str,
    *,
    target: str,
    metrics: Metrics = ("exact_match",),
    epochs: int | None = None,
    label: str = "",
    limits: Limits | None = None,
) -> RunSummary:
    """`Session.run` on the project found from here."""
    with open_project() as session:
        return session.run(
            benchmark, target=target, metrics=metrics, epochs=epochs, label=label, limits=limits
        )


def compare(
    base: str, candidate: str, *, metrics: Sequence[str] = (), allowed_drop: float | None = None
) -> Comparison:
    """`Session.compare` on the project found from here."""
    with open_project() as session:
        return session.compare(base, candidate, metrics=metrics, allowed_drop=allowed_drop)


def gate(base: str, candidate: str, *, rules: Rules = None) -> GateResult:
    """`Session.gate` on the project found from here."""
    with open_project() as session:
        return session.gate(base, candidate, rules=rules)
