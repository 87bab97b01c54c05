"""Paraphrase families of a run: members with their answers, and which pairs of them agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from steelyard.core import Case, UsageError
from steelyard.runs.perturbation import ORIGINAL

SAME = "same"
CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered in one epoch."""

    compared: str
    """What agreement is judged by: the extracted answer, the text, or the score in words."""
    shown: str
    """The extracted answer, for people."""
    given: bool
    """False where the target gave no answer: no other answer agrees with that."""
    score: float | None
    """Its score; None without one."""


Agree = Callable[[Answer, Answer], bool]


@dataclass(slots=True)
class Member:
    """A case of a family with its answers."""

    case: Case
    """The case."""
    answers: dict[int, Answer | None] = field(default_factory=dict)
    """Epoch to answer; None where the infrastructure failed."""

    @property
    def variant(self) -> str:
        """The kind of variation it declares, its perturbation else; empty for the reference."""
        for key in ("variant", "perturbation"):
            found = self.case.slices.get(key) or self.case.metadata.get(key)
            if isinstance(found, str) and found:
                return "" if found == ORIGINAL else found
        return ""

    @property
    def relation(self) -> str:
        """`same` or `changed`; raises UsageError for another word."""
        found = self.case.slices.get("relation") or self.case.metadata.get("relation") or SAME
        if found not in (SAME, CHANGED):
            raise UsageError(
                f"the relation '{str(found)[:40]}' of case '{self.case.id}' is not known",
                where=self.case.group or self.case.id,
                hint="Write relation same or changed",
            )
        return str(found)

    def known(self) -> list[Answer]:
        """Its answers that are there."""
        return [answer for answer in self.answers.values() if answer is not None]

    def steadiness(self, agree: Agree) -> float | None:
        """Share of pairs of epochs that agree; None under two answers."""
        pairs = list(combinations(self.known(), 2))
        return sum(agree(*pair) for pair in pairs) / len(pairs) if pairs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two members of a family, compared."""

    first: Member
    """The reference, or an equivalent of it."""
    second: Member
    """The other one."""
    agreement: float | None
    """Share of epochs in which they agree, every one with every one; None when an answer is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPairs:
    """A family and its comparisons."""

    name: str
    """The group."""
    members: Sequence[Member]
    """Its members, the reference first."""
    equivalent: Sequence[Pair]
    """Every pair of questions that ask the same."""
    changed: Sequence[Pair]
    """Every changed question against the reference; without one, against all that ask the same."""

    @property
    def agreement(self) -> float | None:
        """Mean agreement of its equivalent pairs; None without one that is known."""
        return _mean([pair.agreement for pair in self.equivalent])

    @property
    def response(self) -> float | None:
        """Share of its changed questions whose answer changed; None without one."""
        agreement = _mean([pair.agreement for pair in self.changed])
        return None if agreement is None else 1.0 - agreement

    def steadiness(self, agree: Agree) -> float | None:
        """Mean share of agreeing epochs over its members that ask the same; None with one epoch."""
        return _mean([each.steadiness(agree) for each in self.members if each.relation == SAME])


def as_families(members: Sequence[Member], agree: Agree, *, unchanged: Agree) -> Iterator[FamilyPairs]:
    """The groups of two members and more of which at least one declares a variant.

    `agree` compares questions that ask the same, `unchanged` changed ones with the reference.
    """
    groups: dict[str, list[Member]] = {}
    for member in members:
        if member.case.group is not None:
            groups.setdefault(member.case.group, []).append(member)
    for name, found in groups.items():
        if len(found) < 2 or not any(member.variant for member in found):
            continue
        ordered = sorted(found, key=lambda each: (each.relation != SAME, each.variant != "", each.case.id))
        same = [each for each in ordered if each.relation == SAME]
        references = [each for each in same if not each.variant] or same
        changed = [each for each in ordered if each.relation == CHANGED]
        yield FamilyPairs(
            name=name,
            members=ordered,
            equivalent=[_pair(first, second, agree) for first, second in combinations(same, 2)],
            changed=[_pair(first, second, unchanged) for second in changed for first in references],
        )


def _pair(first: Member, second: Member, agree: Agree) -> Pair:
    both = [(one, other) for one in first.known() for other in second.known()]
    agreement = sum(agree(*each) for each in both) / len(both) if both else None
    return Pair(first=first, second=second, agreement=agreement)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
