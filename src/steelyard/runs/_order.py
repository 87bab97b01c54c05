"""The planned order of a run: random, seeded, fixed before the first call.

Prefixes of the order are what an early stop may be read from, so the order must not depend on how fast
cases are answered, nor on the machine. Each cluster is placed by a keyed hash of its name: the same
on every platform, and a case keeps its neighbours when others join the benchmark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from steelyard.core import Case

ORDER = "keyed-hash-1"

Planned = tuple[int, Case, int]
"""Position from 0, case, epoch from 1."""


def planned_order(cases: Iterable[Case], *, epochs: int, seed: int) -> list[Planned]:
    """Every sample of a run in the order it is called.

    Clusters come in random order, their cases in random order within them, the epochs of a case one
    after another: so every prefix is a random sample of whole clusters, but for the last one.
    """
    key = _key(seed)
    placed = sorted(cases, key=lambda case: _place(key, case))
    return [
        (index * epochs + epoch - 1, case, epoch)
        for index, case in enumerate(placed)
        for epoch in range(1, epochs + 1)
    ]


def choose_cases(
    cases: Iterable[Case],
    *,
    slices: Mapping[str, str],
    limit: int | None,
    seed: int,
) -> list[Case]:
    """The cases that carry all these slices; with a limit, the first so many of the random order."""
    wanted = slices.items()
    chosen = [case for case in cases if wanted <= case.slices.items()]
    if limit is None or limit >= len(chosen):
        return chosen
    key = _key(seed)
    return sorted(chosen, key=lambda case: _place(key, case))[:limit]


def sample_seed(seed: int, case_id: str, epoch: int) -> int:
    """The sampling seed of one sample, 0 to 2³¹ − 1: fixed by the run's seed, the case and the epoch."""
    text = f"{epoch}:{case_id}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=4, key=_key(seed), person=b"sample").digest()
    return int.from_bytes(digest, "big") >> 1


def _key(seed: int) -> bytes:
    return str(seed).encode("ascii")[:64]


def _place(key: bytes, case: Case) -> tuple[bytes, bytes]:
    alone = _hash(key, case.id)
    return (alone if case.group is None else _hash(key, case.cluster), alone)


def _hash(key: bytes, text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
