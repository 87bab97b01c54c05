"""The common part of Steelyard's own metrics: settings that are fields, a spec made from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import ClassVar

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, Skipped, UsageError
from steelyard.metrics._settings import check_settings

NOTHING_EXPECTED = Skipped(reason="nothing expected")


@dataclass(frozen=True, kw_only=True)
class BaseMetric(ABC):
    """A metric whose dataclass fields are its settings.

    A subclass declares `traits`, adds its settings as fields with defaults, and writes `score`. All
    settings are written out into `spec.settings`; a value of a wrong type or outside its choices
    raises UsageError when the metric is made.
    """

    traits: ClassVar[MetricSpec]
    """Name, version, direction, scale, range and failure value, before settings."""

    derived_settings: ClassVar[tuple[str, ...]] = ()
    """Keys of `spec.settings` that follow from the fields, such as a foreign program's signature."""

    label: str = ""
    """What the user typed; empty: the bare name. Not a setting."""

    def __post_init__(self) -> None:
        values = {name: getattr(self, name) for name in self.settings_fields()}
        check_settings(type(self), values, name=self.traits.name)
        self._check()

    @classmethod
    def settings_fields(cls) -> tuple[str, ...]:
        """The names of the settings, in the order of declaration."""
        return tuple(item.name for item in fields(cls) if item.name != "label")

    @cached_property
    def spec(self) -> MetricSpec:
        """The declaration with every setting written out."""
        return replace(self._declare(), label=self.label, settings=self._settings())

    @abstractmethod
    def score(self, case: Case, output: Output) -> Score:
        """Score a usable output; pure, and independent of every other sample."""

    def failed(self, case: Case, reason: str) -> Score:
        """The score of a sample whose target gave no answer at all, because of `reason`.

        Skipped where the metric has no failure value or does not apply to the case; otherwise the
        failure value, with the sufficient statistics of an empty answer.
        """
        if self.spec.failure is None:
            return Skipped(reason=reason)
        empty = self.score(case, Output())
        if isinstance(empty, Skipped):
            return empty
        return self._miss(reason, detail=empty.detail if isinstance(empty, Scored) else {})

    def _check(self) -> None:  # noqa: B027  most metrics have nothing to refuse
        """Refuse settings that do not fit together; called after their types were checked."""

    def _declare(self) -> MetricSpec:
        """The traits, for subclasses whose settings change direction, scale or range."""
        return self.traits

    def _settings(self) -> Mapping[str, Json]:
        values = ((name, getattr(self, name)) for name in self.settings_fields())
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values}

    def _miss(self, reason: str, *, detail: Mapping[str, Json] | None = None) -> Scored:
        """A failure of the target: the answer held nothing to measure."""
        value = self.spec.failure
        return Scored(
            value=0.0 if value is None else value, reason=reason, extracted=False, detail=detail or {}
        )

    def _refuse(self, message: str, *, hint: str = "") -> UsageError:
        return UsageError(message, where=f"metric {self.traits.name}", hint=hint)
