"""Things that the pages of a whole project show: prompts, releases, decisions, traces."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from steelyard.core import MetricSpec
from steelyard.gates import GateLook, Release
from steelyard.runs import RunRecord
from steelyard.store import Store


def sha(text: str) -> str:
    """The hash that a prompt's version is named by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def told(
    store: Store,
    number: int,
    prompts: Mapping[str, str],
    *,
    target: str = "v1",
    keep: bool = True,
    metrics: tuple[MetricSpec, ...] = (),
) -> RunRecord:
    """A run like the oldest, told these prompts some minutes later; perhaps it kept no text."""
    like = store.list_runs()[-1]
    run = replace(
        like,
        id=f"run-told-{number}",
        label=f"told {number}",
        target={
            "name": target,
            "uri": "openai:small",
            "settings": {},
            "prompts": {name: sha(text) for name, text in prompts.items()},
        },
        prompts=dict(prompts) if keep else {},
        metrics=metrics,
        started=like.started + timedelta(minutes=number),
        status="complete",
        owner="",
    )
    store.create_run(run)
    return run


def decide(store: Store, base: RunRecord, candidate: RunRecord, *, at: datetime) -> None:
    """A gate's decision, and the release of the baseline."""
    store.add_release(Release(name="2026-03", run=base.id, released=at))
    store.add_look(
        GateLook(
            question="q",
            evidence="e",
            base_run=base.id,
            candidate_run=candidate.id,
            verdict="FAIL",
            decided=at,
        )
    )
