"""From what a person writes to a target."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from steelyard.core import Clock, Json, SystemClock
from steelyard.targets._protocol import Target
from steelyard.targets._registry import target_factory, unknown_scheme
from steelyard.targets._secrets import Redactor, environment_secrets
from steelyard.targets._spec import TargetSpec


def resolve_target(
    uri: str,
    *,
    name: str = "",
    settings: Mapping[str, Json] | None = None,
    folder: Path,
    environ: Mapping[str, str],
    clock: Clock | None = None,
) -> Target:
    """The target that a URI and the project file's table `[targets.NAME]` describe; not yet opened.

    `uri` is `replay:FILE`, `python:module:function`, `command:PROGRAM ARGS`, `http:URL`,
    `openai:MODEL[?base_url=…]`, `anthropic:MODEL`, or a scheme of an installed package. `folder` is
    the project folder, against which files and modules are looked up; keys come from `environ`.

    Raises UsageError for an unknown scheme, ConfigError for a setting or variable that cannot be used,
    InputError for a broken file of recorded outputs.
    """
    scheme, colon, rest = uri.strip().partition(":")
    if scheme in {"http", "https"} and rest.startswith("//"):
        scheme, rest = "http", uri.strip()
    if not colon or not scheme:
        raise unknown_scheme(scheme, uri=Redactor(environment_secrets(environ))(uri))
    factory = target_factory(scheme, uri=Redactor(environment_secrets(environ))(uri))
    return factory(
        TargetSpec(
            scheme=scheme,
            rest=rest,
            name=name,
            settings=settings or {},
            folder=folder,
            environ=environ,
            clock=clock or SystemClock(),
        )
    )
