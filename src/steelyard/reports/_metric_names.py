"""Metrics by their names alone, wherever their settings are not needed to tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steelyard.core import Comparison, Difference, Estimate, Flip, RankedRun, RunSummary

_SETTINGS = re.compile(r":(?=[a-z_]+=)")


def parted(key: str) -> tuple[str, str]:
    """A metric's key as its name and its settings, which are empty where it has none; other texts whole."""
    found = _SETTINGS.search(key)
    return (key[: found.start()], key[found.end() :]) if found else (key, "")


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """Metric key to the bare name, or to the key itself where another metric has the same name."""
    known = list(dict.fromkeys(keys))
    names = [parted(key)[0] for key in known]
    return {key: name if names.count(name) == 1 else key for key, name in zip(known, names, strict=True)}


def shorten_run(summary: RunSummary) -> RunSummary:
    """The same run with short names; the signatures still say every setting."""
    names = short_names(each.name for each in summary.metrics)
    return replace(
        summary,
        metrics=tuple(shorten_estimate(each, names) for each in summary.metrics),
        slices=tuple(
            replace(each, estimate=shorten_estimate(each.estimate, names)) for each in summary.slices
        ),
        not_extracted={names.get(key, key): found for key, found in summary.not_extracted.items()},
        passes={names.get(key, key): found for key, found in summary.passes.items()},
    )


def shorten_comparisons(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same comparisons with short names, equal in all of them; the signatures still say every setting."""
    names = short_names(each.name for comparison in comparisons for each in comparison.metrics)
    return [_comparison(each, names) for each in comparisons]


def shorten_ranking(ranked: Sequence[RankedRun]) -> tuple[RankedRun, ...]:
    """The same ranks, their one metric by its short name."""
    names = short_names(each.estimate.name for each in ranked)
    return tuple(replace(each, estimate=shorten_estimate(each.estimate, names)) for each in ranked)


def shorten_estimate(estimate: Estimate, names: Mapping[str, str]) -> Estimate:
    """One estimate, named as `short_names` says."""
    return replace(estimate, name=names.get(estimate.name, estimate.name))


def _comparison(comparison: Comparison, names: Mapping[str, str]) -> Comparison:
    return replace(
        comparison,
        metrics=tuple(_difference(each, names) for each in comparison.metrics),
        slices=tuple(_difference(each, names) for each in comparison.slices),
        fixed=tuple(_flip(each, names) for each in comparison.fixed),
        broken=tuple(_flip(each, names) for each in comparison.broken),
        margins={_margin(key, names): margin for key, margin in comparison.margins.items()},
    )


def _difference(difference: Difference, names: Mapping[str, str]) -> Difference:
    return replace(
        difference,
        name=names.get(difference.name, difference.name),
        base=shorten_estimate(difference.base, names),
        candidate=shorten_estimate(difference.candidate, names),
    )


def _flip(flip: Flip, names: Mapping[str, str]) -> Flip:
    return replace(flip, metric=names.get(flip.metric, flip.metric))


def _margin(key: str, names: Mapping[str, str]) -> str:
    """A metric's key, or `KEY@SLICE`."""
    for known, name in names.items():
        if key == known or key.startswith(f"{known}@"):
            return name + key[len(known) :]
    return key
