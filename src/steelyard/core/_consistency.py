"""Whether a system answers alike what asks the same, and differently what does not."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.core._estimate import Estimate
from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyAnswer:
    """One member of a family with its answer."""

    case_id: str
    """The case."""
    variant: str
    """The kind of variation; empty: the reference."""
    relation: str
    """`same`: asks the same as the reference; `changed`: a fact differs."""
    answer: str
    """What was extracted from the first epoch's answer, shortened: written by others."""
    score: float | None
    """Mean score over epochs; None without one."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `consistency`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A paraphrase family that is answered worst."""

    name: str
    """The group."""
    agreement: float | None
    """Share of its pairs of equivalent questions answered alike; None when it has none."""
    response: float | None
    """Share of its changed questions whose answer changed; None when it has none."""
    members: tuple[FamilyAnswer, ...]
    """Its members, the reference first."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `consistency`."""
        return {
            "family": self.name,
            "agreement": self.agreement,
            "response": self.response,
            "members": [item.as_json() for item in self.members],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyReport:
    """Invariance and sensitivity of one run, and its noise floor."""

    run: str
    """The run."""
    benchmark: str
    """`NAME@VERSION`."""
    agreement: str
    """How two answers were compared, in words."""
    families: int
    """Families with two members and more that declare a variant."""
    invariance: Estimate
    """Share of pairs of equivalent questions answered alike; every family weighs the same."""
    steady: Estimate
    """Share of families whose equivalent questions are all answered alike."""
    sensitivity: Estimate
    """Share of changed questions whose answer differs from the reference's."""
    rightly: Estimate
    """Share of changed questions whose answer differs and is right, where the expectation is known."""
    repeats: Estimate
    """The noise floor: share of pairs of epochs of one question answered alike."""
    excess: Estimate
    """Noise floor minus invariance, family by family: the inconsistency that repetition does not explain."""
    by_variant: tuple[tuple[str, Estimate], ...] = ()
    """Invariance by kind of variation, worst first."""
    sensitivity_by_variant: tuple[tuple[str, Estimate], ...] = ()
    """Sensitivity by kind of variation, worst first."""
    worst: tuple[Family, ...] = ()
    """The families that agree least, worst first; none of the sealed split."""
    notes: tuple[str, ...] = ()
    """What a reader must know besides."""

    @property
    def headlines(self) -> tuple[Estimate, ...]:
        """The figures that have a value, in the order in which they are read."""
        listed = (self.invariance, self.repeats, self.excess, self.steady, self.sensitivity, self.rightly)
        return tuple(item for item in listed if item.value is not None)

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `consistency`."""
        return {
            "run": self.run,
            "benchmark": self.benchmark,
            "agreement": self.agreement,
            "families": self.families,
            "invariance": self.invariance.as_json(),
            "steady_families": self.steady.as_json(),
            "sensitivity": self.sensitivity.as_json(),
            "rightly_changed": self.rightly.as_json(),
            "repeats": self.repeats.as_json(),
            "excess": self.excess.as_json(),
            "by_variant": [{"variant": name, **item.as_json()} for name, item in self.by_variant],
            "sensitivity_by_variant": [
                {"variant": name, **item.as_json()} for name, item in self.sensitivity_by_variant
            ],
            "worst_families": [item.as_json() for item in self.worst],
            "notes": list(self.notes),
        }
