from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from steelyard.core import UsageError
from steelyard.gates import GateLook, Release
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def test_a_look_is_kept_once_for_its_evidence(
    store: Store, reopen: Callable[[], Store], build: Build
) -> None:
    def look(evidence: str, seconds: int = 0) -> GateLook:
        return GateLook(
            question="q",
            evidence=evidence,
            base_run="run-1",
            candidate_run="run-2",
            verdict="INCONCLUSIVE",
            decided=build.now + timedelta(seconds=seconds),
        )

    store.add_look(look("b"))
    store.add_look(look("a", 1))
    store.add_look(look("b", 2))
    assert reopen().looks("q") == [look("b"), look("a", 1)]
    assert store.looks("other") == []
    assert store.latest_looks(limit=5) == [look("a", 1), look("b")]
    assert store.latest_looks(limit=1) == [look("a", 1)]


def test_a_release_name_stands_for_one_run(store: Store, build: Build) -> None:
    first = Release(
        name="2026-11", run="run-1", released=build.now, note="accepted by the team\nafter review"
    )
    older = Release(name="2026-10", run="run-0", released=build.now - timedelta(days=30))
    store.add_release(first)
    store.add_release(older)
    store.add_release(first)
    assert store.releases() == [older, first]
    with pytest.raises(UsageError, match="the release '2026-11' stands for run run-1"):
        store.add_release(Release(name="2026-11", run="run-2", released=build.now))
