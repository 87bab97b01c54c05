"""Edit distance and longest common subsequence, 64 cells and more at a time.

Both work on bit vectors held in Python's long integers: one row of the dynamic programme is one number,
and a step costs a few additions and logical operations on it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def edit_distance(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Levenshtein distance: the fewest insertions, deletions and substitutions, each counting 1.

    Works on texts (by code point) and on lists of tokens. Time about `len(first) * len(second) / 64`.

    Source: Myers 1999, "A fast bit-vector algorithm for approximate string matching based on dynamic
    programming", in the form of Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau
    edit distances".
    """
    first, second = _without_common_ends(first, second)
    if len(first) < len(second):
        first, second = second, first
    if not second:
        return len(first)
    size = len(second)
    full = (1 << size) - 1
    last = 1 << (size - 1)
    where = _positions(second)
    rises, falls, distance = full, 0, size
    for item in first:
        match = where.get(item, 0)
        diagonal = (((match & rises) + rises) ^ rises) | match | falls
        right_rises = falls | (full & ~(diagonal | rises))
        right_falls = rises & diagonal
        if right_rises & last:
            distance += 1
        elif right_falls & last:
            distance -= 1
        right_rises = (right_rises << 1) | 1
        rises = ((right_falls << 1) | ~(diagonal | right_rises)) & full
        falls = right_rises & diagonal & full
    return distance


def common_subsequence_length(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence. Time about `len(first) * len(second) / 64`.

    Source: Hyyrö 2004, "Bit-parallel LCS-length computation revisited".
    """
    if len(first) < len(second):
        first, second = second, first
    if not second:
        return 0
    full = (1 << len(second)) - 1
    where = _positions(second)
    row = full
    for item in first:
        match = where.get(item)
        if match is not None:
            hit = row & match
            row = ((row + hit) | (row - hit)) & full
    return len(second) - row.bit_count()


def _positions(items: Sequence[Hashable]) -> dict[Hashable, int]:
    """For each item, the bits of the places where it stands."""
    places: dict[Hashable, list[int]] = {}
    for index, item in enumerate(items):
        places.setdefault(item, []).append(index)
    return {item: _bits(indices, len(items)) for item, indices in places.items()}


def _bits(indices: list[int], size: int) -> int:
    if len(indices) < 8:
        return sum(1 << index for index in indices)
    packed = bytearray((size + 7) // 8)
    for index in indices:
        packed[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(packed, "little")


def _without_common_ends(
    first: Sequence[Hashable], second: Sequence[Hashable]
) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
    shorter = min(len(first), len(second))
    start = 0
    while start < shorter and first[start] == second[start]:
        start += 1
    end = 0
    while end < shorter - start and first[-1 - end] == second[-1 - end]:
        end += 1
    return first[start : len(first) - end], second[start : len(second) - end]
