"""Wiring: names that a user types become targets, metrics and stores."""

from __future__ import annotations

import importlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from steelyard.app._project import JUDGE_PREFIX, Project
from steelyard.core import Json, MetricSpec, NotFoundError, SystemClock, UsageError, canonical_json
from steelyard.metrics import Metric, TakesJudge, expand_preset, make_metric, rebuild
from steelyard.runs import RunRecord, as_it_stands
from steelyard.store import Store
from steelyard.targets import FORMS, Caller, Limits, Target, bundled_prices, resolve_target

if TYPE_CHECKING:
    from steelyard.app._judging import JudgeWiring


def make_target(project: Project, text: str) -> Target:
    """A target by its name in the project file, or by URI."""
    if text in project.targets:
        settings: dict[str, Json] = dict(project.targets[text])
        uri = settings.pop("uri", None)
        if not isinstance(uri, str):
            raise UsageError(
                "the target has no 'uri'", where=f"[targets.{text}]", hint='Write uri = "openai:MODEL"'
            )
        return resolve_target(uri, name=text, settings=settings, folder=project.folder, environ=os.environ)
    if ":" not in text:
        known = ", ".join(project.targets) or "none in steelyard.toml"
        raise NotFoundError(
            f"no target named '{text}'",
            where="--target",
            hint=f"Known targets: {known}. Or give a URI: {', '.join(FORMS.values())}",
        )
    return resolve_target(text, folder=project.folder, environ=os.environ)


def find_run(store: Store, reference: str) -> RunRecord:
    """A run by id, id prefix, label or `latest`, as it stands: `partial` once its process is gone."""
    return as_it_stands(store.get_run(reference), clock=SystemClock())


def target_name(project: Project, run: RunRecord) -> str:
    """What `make_target` takes to find the target of a stored run again."""
    name = str(run.target.get("name") or "")
    return name if name in project.targets else str(run.target.get("uri") or name)


def make_caller(
    target: Target,
    limits: Limits,
    *,
    store: Store,
    use_cache: bool,
    seed: int,
) -> Caller:
    """The target behind its limits; the answer cache only where it was asked for."""
    return Caller(
        target,
        limits,
        clock=SystemClock(),
        rng=random.Random(seed),
        cache=store if use_cache else None,
        prices=bundled_prices(),
    )


def make_metrics(
    project: Project, texts: Sequence[str], *, store: Store | None = None, use_cache: bool = False
) -> list[Metric]:
    """Metrics as typed; none given means exact match. `python:module:function` is found in the project.

    `rag` stands for the four presets of retrieval-augmented systems. Judges (`judge:NAME`) take their answers
    from the store's cache where `use_cache` says so.
    """
    judges = _judges(project, store=store, use_cache=use_cache)
    return [
        judges().judge(text)
        if text.startswith(JUDGE_PREFIX)
        else _with_judge(make_metric(text, load=_loader(project), folder=project.folder), judges)
        for given in (texts or ("exact_match",))
        for text in expand_preset(given)
    ]


def metrics_of(
    project: Project, run: RunRecord, *, store: Store | None = None, use_cache: bool = False
) -> list[Metric]:
    """The metrics that a stored run was scored with, made again; judges must be those that it pins."""
    judges = _judges(project, store=store, use_cache=use_cache, seed=run.seed)
    return [
        judges().again(spec, run=run.id)
        if spec.name.startswith(JUDGE_PREFIX)
        else _with_judge(rebuild(spec, load=_loader(project)), judges, pinned=spec, run=run.id)
        for spec in run.metrics
    ]


def _judges(
    project: Project, *, store: Store | None, use_cache: bool, seed: int = 0
) -> Callable[[], JudgeWiring]:
    """How a project's judges are made; called only where a metric has one."""

    def wiring() -> JudgeWiring:
        from steelyard.app._judging import JudgeWiring  # noqa: PLC0415 # loaded when first needed: start-up

        return JudgeWiring(project=project, store=store, use_cache=use_cache, seed=seed)

    return wiring


def _with_judge(
    metric: Metric, judges: Callable[[], JudgeWiring], *, pinned: MetricSpec | None = None, run: str = ""
) -> Metric:
    """`groundedness:judge=NAME` with that judge; every other metric as it is.

    Raises UsageError when the judge is another one than a stored declaration pins.
    """
    if not isinstance(metric, TakesJudge) or not metric.judge:
        return metric
    judged = metric.judged_by(judges().of_task(metric.judge, metric.judge_task()))
    if pinned is not None and canonical_json(pinned.settings) != canonical_json(judged.spec.settings):
        raise UsageError(
            f"{pinned.key} has another judge now than when the run began",
            where=run,
            hint=f"Put it back, or judge the answers anew: steelyard score {run} --metric {pinned.key}",
        )
    return judged


def code_revision(project: Project) -> str:
    """The project's git commit, with `+dirty` where files differ from it; empty outside a checkout."""
    commit = _git(project, "rev-parse", "HEAD")
    if not commit:
        return ""
    return commit + ("+dirty" if _git(project, "status", "--porcelain", "--untracked-files=no") else "")


def suite_of(project: Project, name: str) -> Mapping[str, Json]:
    """A suite of the project file; raises NotFoundError."""
    if name not in project.suites:
        known = ", ".join(project.suites) or "none in steelyard.toml"
        raise NotFoundError(f"no suite named '{name}'", where="suites", hint=f"Known suites: {known}")
    return project.suites[name]


def _loader(project: Project) -> Callable[[str], object]:
    """Loads `module:name` from PYTHONPATH or the project folder, like a Python target."""

    def load(reference: str) -> object:
        module, _, name = reference.partition(":")
        folder = str(project.folder.resolve())
        if folder not in sys.path:
            sys.path.append(folder)
        importlib.invalidate_caches()
        try:
            found: object = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except Exception as error:
            raise UsageError(
                f"cannot be loaded: {type(error).__name__}: {error}",
                where=f"python:{reference}",
                hint=f"Write python:module:function, found on PYTHONPATH or in {folder}",
            ) from error
        return found

    return load


def _git(project: Project, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and the project's own folder
            ["git", "-C", str(project.folder), *arguments],  # noqa: S607 - git is found on PATH like everywhere
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
