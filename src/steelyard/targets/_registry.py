"""Which scheme is made by what: built-in targets by name, strangers' by entry point."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias

from steelyard.core import ConfigError, UsageError
from steelyard.targets._protocol import Target
from steelyard.targets._spec import TargetSpec

TargetFactory: TypeAlias = Callable[[TargetSpec], Target]
"""Makes a target from its specification; raises UserErrors for what is wrong with it."""

ENTRY_POINT_GROUP = "steelyard.targets"
"""Installed packages add a scheme by an entry point of this group: `scheme = "module:factory"`."""

SCHEMES: Mapping[str, str] = {
    "anthropic": "steelyard.targets._anthropic:anthropic_target",
    "command": "steelyard.targets._command:command_target",
    "http": "steelyard.targets._http:http_target",
    "openai": "steelyard.targets._openai:openai_target",
    "python": "steelyard.targets._python:python_target",
    "replay": "steelyard.targets._replay:replay_target",
}
"""Scheme to factory. Loaded when it is first asked for: a replay never pays for the HTTP client."""

FORMS: Mapping[str, str] = {
    "anthropic": "anthropic:MODEL",
    "command": "command:PROGRAM ARGS",
    "http": "http:URL",
    "openai": "openai:MODEL[?base_url=…]",
    "python": "python:module:function",
    "replay": "replay:FILE",
}
"""How each built-in scheme is written."""


def target_factory(scheme: str, *, uri: str) -> TargetFactory:
    """The factory of a scheme; raises UsageError listing the schemes when there is none."""
    built_in = SCHEMES.get(scheme)
    if built_in is not None:
        module, _, name = built_in.partition(":")
        factory: TargetFactory = getattr(importlib.import_module(module), name)
        return factory
    found = [point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name == scheme]
    if len(found) > 1:
        raise ConfigError(
            f"two installed packages offer targets of the scheme {scheme!r}",
            where=", ".join(point.value for point in found),
            hint="Uninstall one of them",
        )
    if found:
        return _load(found[0])
    raise unknown_scheme(scheme, uri=uri)


def unknown_scheme(scheme: str, *, uri: str) -> UsageError:
    """The error for a target that no scheme matches, with the nearest one named."""
    installed = sorted(point.name for point in entry_points(group=ENTRY_POINT_GROUP))
    near = difflib.get_close_matches(scheme.lower(), [*SCHEMES, *installed], n=1, cutoff=0.5)
    guess = f"Did you mean {near[0]}: ? " if near else ""
    forms = ", ".join([*FORMS.values(), *(f"{name}:…" for name in installed)])
    return UsageError(
        f"unknown target {uri!r}", hint=f"{guess}A target is a name from steelyard.toml, or {forms}"
    )


def _load(point: EntryPoint) -> TargetFactory:
    try:
        factory: TargetFactory = point.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the target scheme {point.name!r} cannot be loaded: {error}",
            where=point.value,
            hint="Reinstall the package that offers it",
        ) from error
    return factory
