from __future__ import annotations

from typing import TYPE_CHECKING

from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def test_what_was_appended_comes_back(store: Store, build: Build) -> None:
    cases = build.cases(5)
    run = build.run(store, cases)
    store.append(run, build.rows(cases))
    assert [sample.case for sample in store.samples(run)] == cases
