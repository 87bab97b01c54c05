"""Which known name a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def near_miss(name: str, known: Iterable[str]) -> str:
    """The known name that `name` is a slip of, or empty.

    One insertion, deletion, replacement or swap of neighbours away; two for names of eight letters and
    more; case and punctuation do not count. Names of under four letters match only without a slip.
    """
    plain = _plain(name)
    best, best_distance = "", 3
    for candidate in known:
        target = _plain(candidate)
        allowed = 0 if len(target) < 4 else 1 if len(target) < 8 else 2
        if abs(len(target) - len(plain)) > allowed:
            continue
        distance = edit_distance(plain, target)
        if distance <= allowed and distance < best_distance:
            best, best_distance = candidate, distance
    return best


def edit_distance(a: str, b: str) -> int:
    """Optimal string alignment distance: edits and swaps of neighbours (Damerau 1964, restricted)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
