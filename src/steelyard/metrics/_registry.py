"""Which metrics there are: an explicit table, and a door for packages of others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from steelyard.core import ConfigError, UsageError
from steelyard.metrics._settings import near

ENTRY_POINT_GROUP = "steelyard.metrics"

BUILT_IN: Mapping[str, str] = {
    "bleu": "steelyard.metrics._bleu:Bleu",
    "chrf": "steelyard.metrics._chrf:Chrf",
    "contains": "steelyard.metrics._contains:Contains",
    "edit_similarity": "steelyard.metrics._edit_similarity:EditSimilarity",
    "exact_match": "steelyard.metrics._exact_match:ExactMatch",
    "numeric_match": "steelyard.metrics._numeric_match:NumericMatch",
    "recorded": "steelyard.metrics._recorded:Recorded",
    "regex_match": "steelyard.metrics._regex_match:RegexMatch",
    "rouge_1": "steelyard.metrics._rouge:Rouge1",
    "rouge_2": "steelyard.metrics._rouge:Rouge2",
    "rouge_l": "steelyard.metrics._rouge:RougeL",
    "ter": "steelyard.metrics._ter:Ter",
    "token_f1": "steelyard.metrics._token_f1:TokenF1",
}
"""Metric name to `module:class`; loaded when first used, so that nobody pays for what they do not use."""


@cache
def registry() -> Mapping[str, str]:
    """Every metric's name and where it lives, those of installed packages included.

    Packages offer metrics through the entry-point group `steelyard.metrics`. Raises ConfigError when two
    claim one name.
    """
    table = dict(BUILT_IN)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if table.get(point.name, point.value) != point.value:
            raise ConfigError(
                f"two metrics are called {point.name!r}",
                where=f"{table[point.name]} and {point.value}",
                hint="Uninstall one of the packages, or ask its author for another name",
            )
        table[point.name] = point.value
    return table


def metric_names() -> tuple[str, ...]:
    """The names that `make_metric` takes, sorted; `recorded` stands as `recorded:NAME`."""
    return tuple(sorted("recorded:NAME" if name == "recorded" else name for name in registry()))


@cache
def resolve(name: str) -> object:
    """What the table holds for a name, imported: a metric class or a decorated function.

    Raises UsageError with near matches for an unknown name, ConfigError when it cannot be imported.
    """
    table = registry()
    if name not in table:
        listed = "`steelyard.metrics.metric_names()` lists them all"
        hint = near(name, table)
        raise UsageError(f"no metric {name!r}", hint=f"{hint} {listed}" if hint else listed)
    module_name, _, attribute = table[name].partition(":")
    try:
        return getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the metric {name!r} cannot be loaded: {error}",
            where=table[name],
            hint="Mend or uninstall the package that offers it",
        ) from error
