"""One question to a judge, and what its answer says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from steelyard.core import Case, Criterion, Json, MetricSpec, Output, Skipped


class Unreadable(ValueError):  # noqa: N818 - a signal between reading and repair, told to the judge
    """A verdict cannot be used; the text says why, in words that the judge is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a judge is shown of a sample; all of it is data."""

    question: str
    """What was asked, or the conversation before the answer."""
    answer: str
    """The answer, or the whole conversation with its tool calls."""
    conversation: bool = False
    """Whether `answer` is a conversation of several turns."""
    reference: str = ""
    """The case's expectation, where the task uses one."""
    context: tuple[str, ...] = ()
    """The case's documents, where the task uses them."""
    questions: tuple[str, ...] = ()
    """The case's own checklist."""
    other: str = ""
    """The answer that this one is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one verdict says."""

    points: Mapping[str, float]
    """Criterion, question or order to its points; left out where the judge said that it does not apply."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """The judge's reasons for them; untrusted text."""
    label: str = ""
    """The chosen category, of a classification."""


Read: TypeAlias = "Callable[[Mapping[str, Json]], Reading]"
"""From the verdict's JSON object to what it says; raises Unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question to a judge: several make a verdict where criteria are asked singly or orders swapped."""

    name: str
    """What tells it from the other steps of a verdict."""
    rules: str
    """What is judged and how: the judge's instructions."""
    parts: tuple[tuple[str, str], ...]
    """Names and texts of the data."""
    reminder: str
    """What is asked, repeated behind the data."""
    form: str
    """The JSON object to answer with, as an example without its `code`."""
    read: Read
    """Reads the answer."""
    criteria: tuple[Criterion, ...] = ()
    """The criteria whose points the answer holds, in order, where they may be weighted."""


class Task(Protocol):
    """What judges are asked of a sample: one of the modes."""

    @property
    def mode(self) -> str:
        """The mode's name."""
        ...

    @property
    def shows(self) -> Mapping[str, Json]:
        """What of a sample judges see, and how much of it."""
        ...

    @property
    def traits(self) -> MetricSpec:
        """Scale, range, measure and failure value of a single plain verdict."""
        ...

    def settings(self) -> Mapping[str, Json]:
        """What of the task is pinned beside its prompts: rubric, labels, opponent."""
        ...

    def schema(self) -> Json:
        """JSON schema of every answer; a target that takes schemas is given it."""
        ...

    def material(self, case: Case, output: Output) -> Material | Skipped:
        """What is shown of a sample, or why the task does not apply to it."""
        ...

    def steps(self, material: Material) -> tuple[Step, ...]:
        """The questions of one verdict."""
        ...

    def value(self, points: Mapping[str, float]) -> float | None:
        """The headline of a verdict; None when every criterion was left out."""
        ...

    def extras(self, material: Material) -> Mapping[str, Json]:
        """What else is stored with a verdict on this material."""
        ...


def reason_of(row: Mapping[str, Json], key: str = "reason") -> str:
    """The reason in a verdict: text, or nothing."""
    value = row.get(key)
    return " ".join(value.split())[:1000] if isinstance(value, str) else ""
