"""The most pairs of calls that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def in_order(fits: Sequence[Sequence[bool]]) -> int:
    """The most pairs in order: a longest common subsequence under a match that need not be equality."""
    if not fits:
        return 0
    row = [0] * (len(fits[0]) + 1)
    for line in fits:
        previous = 0
        for index, fit in enumerate(line, start=1):
            previous, row[index] = row[index], previous + 1 if fit else max(row[index], row[index - 1])
    return row[-1]


def assigned(fits: Sequence[Sequence[bool]]) -> int:
    """The most pairs in any order, each call used once: augmenting paths, breadth first."""
    owner: dict[int, int] = {}
    return sum(1 for start in range(len(fits)) if _augment(fits, start, owner))


def _augment(fits: Sequence[Sequence[bool]], start: int, owner: dict[int, int]) -> bool:
    came_from: dict[int, int] = {}
    queue = [start]
    while queue:
        wanted = queue.pop(0)
        for call, fit in enumerate(fits[wanted]):
            if not fit or call in came_from:
                continue
            came_from[call] = wanted
            if call not in owner:
                _flip(call, start, came_from, owner)
                return True
            queue.append(owner[call])
    return False


def _flip(call: int, start: int, came_from: Mapping[int, int], owner: dict[int, int]) -> None:
    held = {wanted: taken for taken, wanted in owner.items()}
    while True:
        wanted = came_from[call]
        owner[call] = wanted
        if wanted == start:
            return
        call = held[wanted]
