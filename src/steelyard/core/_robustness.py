"""What perturbations cost: the degradation of each metric by kind and severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.core._comparison import Difference
from steelyard.core._estimate import Estimate, Interval
from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Degradation:
    """One metric under one kind of perturbation at one severity."""

    kind: str
    """The perturbation with its settings: `typos`, `typos:layout=qwertz`."""
    severity: float
    """Share of what can be changed that was changed, above 0 and at most 1."""
    gap: Difference
    """Original minus perturbed, as measured: its candidate are the originals, its base the perturbed."""

    @property
    def degradation(self) -> float | None:
        """How much worse the perturbed cases do, in the metric's unit; below 0 where they do better."""
        value = self.gap.difference
        return -value if value is not None and self.gap.direction == "lower" else value

    @property
    def interval(self) -> Interval | None:
        """The interval of `degradation`."""
        found = self.gap.interval
        return (-found[1], -found[0]) if found is not None and self.gap.direction == "lower" else found

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `robustness`."""
        gap = self.gap
        return {
            "metric": gap.name,
            "kind": self.kind,
            "severity": self.severity,
            "original": gap.candidate.as_json(),
            "perturbed": gap.base.as_json(),
            "degradation": self.degradation,
            "interval": list(self.interval) if self.interval else None,
            "level": gap.level,
            "p_value": gap.p_value,
            "p_adjusted": gap.p_adjusted,
            "method": gap.method,
            "n_pairs": gap.n_pairs,
            "n_clusters": gap.n_clusters,
            "unit": gap.unit,
            "missing": gap.missing,
            "measure": gap.measure,
            "minimum_detectable": gap.minimum_detectable,
            "gateable": gap.gateable,
            "estimand": gap.base.estimand,
            "signature": gap.signature,
            "note": gap.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCase:
    """A case that does worse when perturbed, with both answers."""

    case_id: str
    """The original case."""
    perturbed_id: str
    """The derived case."""
    metric: str
    """The metric's key."""
    kind: str
    """The perturbation."""
    severity: float
    """Its severity."""
    original_score: float
    """Score on the original, mean over epochs."""
    perturbed_score: float
    """Score on the derived case, mean over epochs."""
    input: str
    """The original question, shortened: written by others, to be escaped when drawn."""
    perturbed_input: str
    """The perturbed question, shortened."""
    expected: str
    """The expectation, shortened."""
    original_output: str
    """The first epoch's answer to the original, shortened."""
    perturbed_output: str
    """The first epoch's answer to the derived case, shortened."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `robustness`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessReport:
    """Originals against perturbed cases, paired."""

    run: str
    """The run on the originals."""
    perturbed_run: str
    """The run on the derived cases; the same where one run holds both."""
    benchmark: str
    """`NAME@VERSION` of the derived benchmark."""
    degradations: tuple[Degradation, ...]
    """By metric; kinds that cost most first, severities ascending."""
    obeyed: tuple[tuple[str, float, Estimate], ...] = ()
    """(kind, severity, share of answers that hold an injected instruction's marker)."""
    broken: tuple[BrokenCase, ...] = ()
    """The cases that lose most, worst first; none of the sealed split."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Request to how many cases it could not change."""
    notes: tuple[str, ...] = ()
    """What a reader must know besides."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics compared, in order."""
        return tuple(dict.fromkeys(item.gap.name for item in self.degradations))

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `robustness`."""
        return {
            "run": self.run,
            "perturbed_run": self.perturbed_run,
            "benchmark": self.benchmark,
            "degradations": [item.as_json() for item in self.degradations],
            "obeyed": [
                {"kind": kind, "severity": severity, **estimate.as_json()}
                for kind, severity, estimate in self.obeyed
            ],
            "broken": [item.as_json() for item in self.broken],
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }
