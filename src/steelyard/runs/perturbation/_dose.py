"""A dose: how much of a case is changed, by which random stream, and with what material."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Text of the benchmark that perturbations may put into cases."""

    documents: tuple[tuple[str, str], ...] = ()
    """(cluster, context document) of the benchmark's cases, each document once."""
    sentences: tuple[tuple[str, str], ...] = ()
    """(cluster, sentence) of the same documents."""


NO_MATERIAL = Material()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """What a perturbation is given beside the text or case it changes."""

    severity: float
    """Share of what can be changed that is changed: above 0, at most 1."""
    key: str
    """Names the random stream: seed, case, kind and place."""
    cluster: str = ""
    """Cluster of the case: material of this cluster is not foreign to it."""
    material: Material = NO_MATERIAL
    """Text of other cases."""

    def rng(self) -> random.Random:
        """The stream of this key from its beginning: equal for every severity, so that doses nest."""
        return random.Random(self.key)

    def at(self, place: str) -> Dose:
        """The dose for one part of a case, with a stream of its own."""
        return replace(self, key=f"{self.key}\n{place}")

    def count(self, total: int, *, least: int = 1) -> int:
        """How many of `total` things to change: the share, rounded up, at least `least` if there are any."""
        # 0.1 * 30 is 3.0000000000000004: what rounding adds is no thing to change.
        return min(total, max(least, math.ceil(self.severity * total - 1e-9)))

    def choose(self, things: Sequence[T], rng: random.Random, *, least: int = 1) -> list[T]:
        """A random share of things; those chosen at a lower severity are among those at a higher one."""
        shuffled = list(things)
        rng.shuffle(shuffled)
        return shuffled[: self.count(len(shuffled), least=least)]

    def foreign(self, things: Sequence[tuple[str, str]]) -> list[str]:
        """The texts that belong to other clusters."""
        return [text for cluster, text in things if cluster != self.cluster]
