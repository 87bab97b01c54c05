"""From what a user typed, or a run stored, to a metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from steelyard.core import ConfigError, Direction, Json, MetricSpec, Scale, UsageError
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._function import FunctionMetric, from_function
from steelyard.metrics._protocol import Metric, TakesMilestones
from steelyard.metrics._registry import registry, resolve
from steelyard.metrics._settings import parse_settings, unknown_setting

Loader = Callable[[str], object]
"""`module:function` to the object of that name."""

_RECORDED = "recorded"
_PYTHON = "python:"


def make_metric(text: str, *, load: Loader | None = None, folder: Path | None = None) -> Metric:
    r"""The metric in `NAME`, `NAME:key=value,key=value`, `recorded:NAME` or `python:module:function`.

    Values are typed by the metric's settings. A comma inside a value is written `\,`; a backslash before
    a comma or a backslash escapes it and elsewhere stands for itself; lists are joined by `+`; `none` is
    no value; settings that take JSON accept `file:PATH`, relative to `folder`. A recorded name may hold
    colons: `recorded:judge:tone:scale=binary` ends its name where `scale=` begins.

    `load` finds `python:` metrics; without it they are refused. `spec.label` is what was typed.

    Raises UsageError, with near matches, for unknown metrics, unknown settings and bad values.
    """
    text = text.strip()
    if text.startswith(_PYTHON):
        return _loaded(text, load)
    name, colon, rest = text.partition(":")
    if not name:
        raise UsageError("the metric has no name", hint="Write NAME or NAME:key=value")
    found = resolve(name)
    label = text if colon else ""
    if isinstance(found, FunctionMetric):
        if rest:
            raise unknown_setting(rest.partition("=")[0], name=name, known=())
        return found
    owner = _metric_class(found, name)
    known = owner.settings_fields()
    fixed: dict[str, object] = {}
    if name == _RECORDED:
        fixed["score_name"], rest = _recorded_name(rest, known)
        known = tuple(key for key in known if key != "score_name")
    values = parse_settings(owner, rest, name=name, known=known, folder=folder)
    return _with_milestones(_construct(owner, {**fixed, **values}, label=label), load)


def spec_from_json(row: Mapping[str, Json]) -> MetricSpec:
    """The declaration from its stored JSON form; raises KeyError or TypeError for anything else."""
    settings = row["settings"]
    bounds = row["range"]
    if not isinstance(settings, Mapping) or not isinstance(bounds, Sequence):
        raise TypeError("settings must be an object and range a pair")
    low, high = (_limit(item) for item in bounds)
    return MetricSpec(
        name=str(row["name"]),
        version=str(row["version"]),
        label=str(row.get("label") or ""),
        settings=dict(settings),
        direction=cast("Direction", row["direction"]),
        scale=cast("Scale", row["scale"]),
        range=(low, high),
        measure=str(row["measure"]),
        corpus=row["corpus"] is True,
        failure=_limit(row["failure"]),
    )


def rebuild(spec: MetricSpec, *, load: Loader | None = None, any_version: bool = False) -> Metric:
    """The metric that made the scores of a stored declaration, for aggregation or scoring again.

    Raises UsageError when it is no longer known, when it has another version now (unless `any_version`),
    or when it is a Python function and `load` is missing.
    """
    if "function" in spec.settings:
        metric = _installed(spec) or _loaded(f"{_PYTHON}{spec.settings['function']}", load)
    else:
        metric = _with_milestones(_rebuilt(spec), load, pinned=None if any_version else spec)
    if metric.spec.version != spec.version and not any_version:
        raise UsageError(
            f"the scores of {spec.key} were made by version {spec.version}, this is {metric.spec.version}",
            where=f"metric {spec.name}",
            hint="Score the run again with `steelyard score`",
        )
    return metric


def _installed(spec: MetricSpec) -> Metric | None:
    """The function metric of that name that an installed package offers, if it is the same function."""
    found = resolve(spec.name) if spec.name in registry() else None
    if isinstance(found, FunctionMetric) and found.spec.settings == spec.settings:
        return found
    return None


def _rebuilt(spec: MetricSpec) -> Metric:
    name, _, score_name = spec.name.partition(":")
    found = resolve(name)
    if isinstance(found, FunctionMetric):
        return found
    owner = _metric_class(found, name)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in spec.settings.items()}
    for key in owner.derived_settings:
        values.pop(key, None)
    fixed = {"score_name": score_name} if name == _RECORDED else {}
    for key in values:
        if key not in owner.settings_fields():
            raise unknown_setting(key, name=name, known=owner.settings_fields())
    return _construct(owner, {**fixed, **values}, label=spec.label)


def _construct(owner: type[BaseMetric], values: Mapping[str, object], *, label: str) -> Metric:
    return cast("Any", owner)(label=label, **values)  # type: ignore[no-any-return]


def _with_milestones(metric: Metric, load: Loader | None, *, pinned: MetricSpec | None = None) -> Metric:
    """The metric with the user's function that its settings name, if they name one.

    Raises UsageError when the function reads no trajectory, or is another one than a stored declaration pins.
    """
    if not isinstance(metric, TakesMilestones) or not metric.milestones:
        return metric
    named = metric.milestones
    function = _loaded(named, load)
    if not isinstance(function, FunctionMetric) or not function.reads_trajectory:
        raise UsageError(
            f"{named} does not read the steps of an agent",
            where=f"metric {metric.spec.name}",
            hint="Write it as `def name(case, trajectory)`, and return the list of milestones reached",
        )
    made = metric.with_milestones(cast("Any", function.function), version=function.version)
    if pinned is not None and pinned.settings.get("milestones_version") != function.version:
        raise UsageError(
            f"{named} is another function now than when {pinned.key} was scored",
            where=f"metric {pinned.name}",
            hint="Score the run again with `steelyard score`",
        )
    return made


def _metric_class(found: object, name: str) -> type[BaseMetric]:
    if not (isinstance(found, type) and issubclass(found, BaseMetric)):
        raise ConfigError(
            f"{name!r} is neither a metric class nor a decorated function",
            where="entry point of steelyard.metrics",
            hint="Derive it from steelyard.metrics.BaseMetric, or decorate a function with @metric",
        )
    if found.traits.name.partition(":")[0] != name:
        raise ConfigError(
            f"the metric offered as {name!r} calls itself {found.traits.name!r}",
            where="entry point of steelyard.metrics",
            hint="Use one name in both places",
        )
    return found


def _recorded_name(rest: str, known: tuple[str, ...]) -> tuple[str, str]:
    head, colon, tail = rest.rpartition(":")
    if colon and tail.partition("=")[0].strip() in known:
        name, settings = head, tail
    else:
        name, settings = rest, ""
    if not name:
        raise UsageError(
            "recorded needs the name of a score", where="metric recorded", hint="Write recorded:NAME"
        )
    return name, settings


def _loaded(text: str, load: Loader | None) -> Metric:
    if load is None:
        raise UsageError(
            f"{text} cannot be loaded from here",
            where="metric python",
            hint="Pass the function itself instead",
        )
    return from_function(load(text.removeprefix(_PYTHON)), label=text)


def _limit(value: Json) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)
