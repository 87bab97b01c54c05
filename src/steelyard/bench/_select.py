"""Choosing cases of a version: for suites, slices and splits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from steelyard.core import Case, UsageError


def select_cases(
    cases: Iterable[Case],
    *,
    slices: Mapping[str, str] | None = None,
    split: str | None = None,
    ids: Collection[str] | None = None,
) -> Iterator[Case]:
    """The cases that lie in every given slice, in the split, and among the ids; in their order.

    Raises UsageError when nothing is left, naming what exists instead, and for ids that are not there.
    """
    wanted = dict(slices or {})
    missing = set(ids) if ids is not None else set()
    seen: dict[str, set[str]] = {dimension: set() for dimension in wanted}
    splits: set[str] = set()
    chosen = 0
    for case in cases:
        splits.add(case.split)
        for dimension in wanted:
            seen[dimension].add(case.slices.get(dimension, ""))
        if split is not None and case.split != split:
            continue
        if any(case.slices.get(dimension) != value for dimension, value in wanted.items()):
            continue
        if ids is not None:
            if case.id not in ids:
                continue
            missing.discard(case.id)
        chosen += 1
        yield case
    if missing:
        raise UsageError(
            f"there is no case '{min(missing)}' to select"
            + (f" (nor {len(missing) - 1} others)" if len(missing) > 1 else ""),
            hint="Ids must be in the version, and in the slices and the split asked for",
        )
    if not chosen:
        raise UsageError("no case is selected", hint=_alternatives(wanted, split, seen=seen, splits=splits))


def _alternatives(
    wanted: Mapping[str, str], split: str | None, *, seen: Mapping[str, set[str]], splits: set[str]
) -> str:
    for dimension, value in wanted.items():
        known = sorted(name for name in seen[dimension] if name)
        if not known:
            return f"No case has the slice dimension '{dimension}'"
        if value not in known:
            return f"'{dimension}' has the values {', '.join(known[:20])}, not '{value}'"
    if split is not None and split not in splits:
        return f"The splits are {', '.join(sorted(splits)) or 'none'}, not '{split}'"
    return "Each slice exists, but no case lies in all of them"
