"""Rules about how many cases there are of what, and how they are weighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from steelyard.bench.check._report import Remark
from steelyard.bench.check._subject import Subject
from steelyard.stats import binary_spread, settled_drop, units_for

_SMALL_SLICE_DROP = 0.2
_TARGET_DROP = 0.1
_FEWEST_CLUSTERS = 8
_UNEVEN = 5.0
_DOMINANT = 0.1


def find_tiny_slices(subject: Subject) -> Iterator[Remark]:
    """What it finds: slices with so few independent cases that no drop under 20 points can be settled.

    Why it matters: such a slice can be shown, and must not decide. The message says how many cases an
    allowed drop of 10 points needs, if a tenth of the answers differ between two versions. Groups count
    once.

    Example: a topic with 9 cases settles an allowed drop of about 30 points; 10 points need 79.
    """
    spread = binary_spread()
    needed = units_for(_TARGET_DROP, spread)
    sizes: dict[tuple[str, str], set[str]] = {}
    for case in subject.cases:
        for dimension, value in case.slices.items():
            sizes.setdefault((dimension, value), set()).add(case.cluster)
    for (dimension, value), clusters in sorted(sizes.items(), key=lambda item: len(item[1])):
        settled = settled_drop(len(clusters), spread)
        if settled <= _SMALL_SLICE_DROP:
            continue
        yield Remark(
            message=(
                f"the slice {dimension}={value} has {len(clusters)} independent "
                f"{'case' if len(clusters) == 1 else 'cases'} and cannot be gated: an allowed drop of "
                f"{_TARGET_DROP * 100:g} points needs about {needed}, so about {needed - len(clusters)} more"
            ),
            detail={"dimension": dimension, "value": value, "units": len(clusters), "needed": needed},
        )


def find_uneven_groups(subject: Subject) -> Iterator[Remark]:
    """What it finds: few groups, or groups that dwarf the others.

    Why it matters: intervals count groups, not cases. Under 8 groups nothing can be gated; with one
    group holding a tenth of all cases and five times the usual size, it decides the average.

    Example: 500 cases on 6 documents are 6 independent units.
    """
    groups = Counter(case.group for case in subject.cases if case.group is not None)
    if not groups:
        return
    if subject.units < _FEWEST_CLUSTERS:
        yield Remark(
            message=(
                f"{len(subject.cases):,} cases are only {subject.units} independent units, because they "
                f"share groups; under {_FEWEST_CLUSTERS} nothing can be gated"
            ),
            detail={"units": subject.units},
        )
    usual = median(groups.values())
    for group, size in groups.most_common(5):
        if size >= _UNEVEN * usual and size >= _DOMINANT * len(subject.cases) and size > _UNEVEN:
            yield Remark(
                message=(
                    f"the group '{group}' holds {size:,} of {len(subject.cases):,} cases, "
                    f"{size / usual:.0f} times the usual; thin it out, or average by group"
                ),
                detail={"group": group, "size": size, "median": usual},
            )


def find_extreme_weights(subject: Subject) -> Iterator[Remark]:
    """What it finds: weights so unequal that the cases count like less than half as many.

    Why it matters: an average that few cases decide is as uncertain as if the others were not there.
    The effective number is (Σw)² / Σw² (Kish 1965, Survey Sampling, §11.7).

    Example: one case of weight 100 among 99 of weight 1 counts like 4 cases.
    """
    weights = [case.weight for case in subject.cases]
    if len(weights) < 2:
        return
    largest = max(weights)
    scaled = [weight / largest for weight in weights]
    effective = sum(scaled) ** 2 / sum(weight * weight for weight in scaled)
    if effective < len(weights) / 2:
        heaviest = max(subject.cases, key=lambda case: case.weight)
        yield Remark(
            message=(
                f"by their weights, {len(weights):,} cases count like {effective:.0f}; "
                f"the heaviest is '{heaviest.id}' with {heaviest.weight:g}"
            ),
            cases=(heaviest.id,),
            detail={"effective": round(effective, 2)},
        )


def find_slice_spellings(subject: Subject) -> Iterator[Remark]:
    """What it finds: values of a slice dimension that differ only in case, spaces or punctuation.

    Why it matters: one slice is cut in two, and both halves are too small to decide on.

    Example: `"topic": "Refunds"` and `"topic": "refunds "`.
    """
    spellings: dict[tuple[str, str], Counter[str]] = {}
    for case in subject.cases:
        for dimension, value in case.slices.items():
            plain = "".join(letter for letter in value.casefold() if letter.isalnum())
            spellings.setdefault((dimension, plain), Counter())[value] += 1
    for (dimension, plain), values in spellings.items():
        if plain and len(values) > 1:
            written = ", ".join(f"'{value}' ({count:,})" for value, count in values.most_common(4))
            yield Remark(
                message=f"the slice dimension {dimension} has {written}; write one of them everywhere"
            )
