"""Which perturbations there are: an explicit table, and a door for packages of others."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from steelyard.core import ConfigError, UsageError
from steelyard.runs.perturbation._perturbation import Perturbation

ENTRY_POINT_GROUP = "steelyard.perturbations"
_HERE = "steelyard.runs.perturbation"

BUILT_IN: Mapping[str, str] = {
    "casing": f"{_HERE}._surface:casing",
    "distractors": f"{_HERE}._distractors:distractors",
    "homoglyphs": f"{_HERE}._surface:homoglyphs",
    "injected_text": f"{_HERE}._documents:injected_text",
    "irrelevant_context": f"{_HERE}._documents:irrelevant_context",
    "reformat": f"{_HERE}._families:reformat",
    "reordered_context": f"{_HERE}._documents:reordered_context",
    "shuffle_documents": f"{_HERE}._families:shuffle_documents",
    "shuffle_options": f"{_HERE}._options:shuffle_options",
    "spacing": f"{_HERE}._surface:spacing",
    "truncated_context": f"{_HERE}._documents:truncated_context",
    "twin": f"{_HERE}._twin:twin",
    "typos": f"{_HERE}._surface:typos",
}
"""Kind to `module:function`."""


@cache
def _table() -> Mapping[str, str]:
    table = dict(BUILT_IN)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if table.get(point.name, point.value) != point.value:
            raise ConfigError(
                f"two perturbations are called {point.name!r}",
                where=f"{table[point.name]} and {point.value}",
                hint="Uninstall one of the packages, or ask its author for another name",
            )
        table[point.name] = point.value
    return table


def perturbation_names() -> tuple[str, ...]:
    """The kinds that can be asked for, those of installed packages included, sorted."""
    return tuple(sorted(_table()))


@cache
def find_perturbation(name: str) -> Perturbation:
    """The perturbation of a kind.

    Raises UsageError with near matches for an unknown kind, ConfigError when it cannot be loaded.
    """
    table = _table()
    if name not in table:
        near = difflib.get_close_matches(name, table, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"no perturbation '{name[:60]}'",
            where="--kind",
            hint=f"{meant}Kinds: {', '.join(perturbation_names())}",
        )
    module, _, attribute = table[name].partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the perturbation {name!r} cannot be loaded: {error}",
            where=table[name],
            hint="Mend or uninstall the package that offers it",
        ) from error
    if not isinstance(found, Perturbation):
        raise ConfigError(
            f"{name!r} is not a perturbation", where=table[name], hint="Decorate it with @perturbation(NAME)"
        )
    return found
