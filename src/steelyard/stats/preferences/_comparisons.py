"""Pairwise comparisons, numbered, and who is connected to whom through them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError
from steelyard.stats._design import Codes, Floats, factorise
from steelyard.stats._sample import as_vector

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Verdicts between two options each."""

    first: Sequence[str]
    """The option shown first, one for each verdict."""
    second: Sequence[str]
    """The option shown second."""
    outcome: ArrayLike
    """1 where the first won, 0 where the second did, .5 for a tie."""
    prompts: Sequence[Hashable] | None = None
    """The prompt of each: verdicts on one prompt belong together. None: each stands alone."""
    raters: Sequence[Hashable] | None = None
    """The rater of each, when raters are a sample; None: these raters."""
    covariate: ArrayLike | None = None
    """First option less second in what may sway the rater, such as log length; None: not modelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Games:
    """Comparisons that were checked, in the shape that the fit needs."""

    names: tuple[str, ...]
    """Options in order of first appearance."""
    first: Codes
    """Number of the first option of each."""
    second: Codes
    """Number of the second."""
    outcome: Floats
    """1, .5 or 0."""
    covariate: Floats | None
    """First less second."""
    groupings: tuple[Codes, ...]
    """Clusters: by prompt, by rater, and by both where both are given."""

    @property
    def has_ties(self) -> bool:
        """Whether anything was tied."""
        return bool(np.any(self.outcome == 0.5))


def check_comparisons(given: Comparisons) -> Games:
    """Numbered comparisons; StatisticsError for outcomes, lengths or pairs that cannot be used."""
    outcome = as_vector(given.outcome, "outcomes")
    n = outcome.size
    if n == 0 or not np.all((outcome == 0.0) | (outcome == 0.5) | (outcome == 1.0)):
        raise StatisticsError("outcomes must be 1 (first), 0 (second) or .5 (tie), at least one")
    if len(given.first) != n or len(given.second) != n:
        raise StatisticsError(f"{n} outcomes came with {len(given.first)} and {len(given.second)} options")
    codes = factorise([*given.first, *given.second])
    names = tuple(dict.fromkeys([*given.first, *given.second]))
    first, second = codes[:n], codes[n:]
    if np.any(first == second):
        same = names[int(first[first == second][0])]
        raise StatisticsError(f"{same} was compared with itself", hint="Leave such rows out")
    covariate = None if given.covariate is None else as_vector(given.covariate, "covariates")
    if covariate is not None and covariate.size != n:
        raise StatisticsError(f"{n} outcomes came with {covariate.size} covariates")
    return Games(
        names=names,
        first=first,
        second=second,
        outcome=outcome,
        covariate=covariate,
        groupings=_groupings(given, n),
    )


def components(games: Games) -> list[list[str]]:
    """Strongly connected groups: within one, a chain of wins or ties leads from each option to each other.

    Source: Ford, *Solution of a ranking problem from binary comparisons*, American Mathematical Monthly 64
    (1957) 28-33: strengths exist exactly when there is one group.
    """
    reach = _reach(games, both_ways=False)
    return _named(games, reach & reach.T)


def check_connected(games: Games) -> None:
    """Raise StatisticsError, naming the groups, when options were never compared across them."""
    groups = _named(games, _reach(games, both_ways=True))
    if len(groups) > 1:
        raise StatisticsError(
            f"nothing compares {spoken(groups)} with each other, so they have no common scale",
            hint="Add comparisons between the groups, or rank each alone",
        )


def spoken(groups: Sequence[Sequence[str]]) -> str:
    """Groups in words, long ones cut."""
    parts = []
    for group in groups[:_SHOWN]:
        more = f" and {len(group) - _SHOWN} more" if len(group) > _SHOWN else ""
        parts.append("{" + ", ".join(group[:_SHOWN]) + more + "}")
    left = f" and {len(groups) - _SHOWN} more groups" if len(groups) > _SHOWN else ""
    return ", ".join(parts) + left


def _groupings(given: Comparisons, n: int) -> tuple[Codes, ...]:
    found: list[Codes] = []
    for name, labels in (("prompts", given.prompts), ("raters", given.raters)):
        if labels is None:
            continue
        if len(labels) != n:
            raise StatisticsError(f"{n} outcomes came with {len(labels)} {name}")
        found.append(factorise(labels))
    if not found:
        return (np.arange(n),)
    if len(found) == 1:
        return (found[0],)
    return (*found, factorise(list(zip(found[0].tolist(), found[1].tolist(), strict=True))))


def _reach(games: Games, *, both_ways: bool) -> NDArray[np.bool_]:
    count = len(games.names)
    reach = np.eye(count, dtype=np.bool_)
    won, lost = games.outcome >= 0.5, games.outcome <= 0.5
    reach[games.first[won], games.second[won]] = True
    reach[games.second[lost], games.first[lost]] = True
    if both_ways:
        reach |= reach.T
    for _ in range(max(1, count.bit_length())):
        reach = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0.0
    return reach


def _named(games: Games, alike: NDArray[np.bool_]) -> list[list[str]]:
    left = list(range(len(games.names)))
    groups = []
    while left:
        group = [place for place in left if alike[left[0], place]]
        groups.append([games.names[place] for place in group])
        left = [place for place in left if place not in group]
    return groups
