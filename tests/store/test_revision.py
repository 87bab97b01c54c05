from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from steelyard.bench import AddResult, BenchmarkVersion, Revision, diff_versions, revise_version, version_hash
from steelyard.core import Attachment, Case, InputError, NotFoundError, UsageError
from steelyard.store import Store, open_store

if TYPE_CHECKING:
    from tests.store.conftest import Build


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def revise(store: Store, latest: BenchmarkVersion, revision: Revision) -> AddResult:
    return revise_version(store, latest, revision, clock=FixedClock(), message="why")


def edited(case: Case, answer: str) -> Case:
    return Case(id=case.id, input=case.input, expected=answer, slices=case.slices)


def test_a_revision_is_what_adding_the_whole_set_would_have_been(store: Store, build: Build) -> None:
    cases = build.cases(6)
    latest = build.add(store, cases)
    changed, new = edited(cases[4], "forty"), Case(id="new", input="?")
    result = revise(store, latest, Revision(replaced=(changed,), added=(new,), removed=("c1", "c3")))
    wanted = [cases[0], cases[2], changed, cases[5], new]
    assert list(store.cases(result.version)) == wanted
    assert result.version.hash == version_hash(wanted)
    assert result.diff == diff_versions(cases, wanted)
    assert (result.version.version, result.version.parent, result.version.message) == (
        "v2",
        latest.hash,
        "why",
    )
    assert store.cases_at(result.version, range(5)) == wanted
    assert list(store.cases(latest)) == cases


def test_unchanged_cases_are_stored_once(store: Store, build: Build) -> None:
    cases = build.cases(20)
    latest = build.add(store, cases)
    revise(store, latest, Revision(replaced=(edited(cases[7], "other"),)))
    with store.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM cases")).scalar_one() == 21


def test_a_revision_that_changes_nothing_adds_nothing(store: Store, build: Build) -> None:
    cases = build.cases(3)
    latest = build.add(store, cases)
    result = revise(store, latest, Revision(replaced=(cases[1],)))
    assert (result.is_new, result.version) == (False, latest)
    assert len(store.versions("support")) == 1


def test_what_cannot_be_revised_is_refused_and_nothing_is_stored(store: Store, build: Build) -> None:
    cases = build.cases(2)
    latest = build.add(store, cases)
    stranger = Case(id="stranger", input="?")
    with pytest.raises(NotFoundError, match="there is no case 'stranger'"):
        revise(store, latest, Revision(replaced=(stranger,)))
    with pytest.raises(NotFoundError, match="there is no case 'stranger'"):
        revise(store, latest, Revision(removed=("stranger",)))
    with pytest.raises(UsageError, match="there is a case 'c0' already"):
        revise(store, latest, Revision(added=(cases[0],)))
    with pytest.raises(UsageError, match="the case 'c0' is named twice"):
        revise(store, latest, Revision(replaced=(cases[0],), removed=("c0",)))
    with pytest.raises(InputError, match="no case would be left"):
        revise(store, latest, Revision(removed=("c0", "c1")))
    lost = Case(id="n", input="?", attachments=(Attachment(path="a.png", sha256="0" * 64, media_type="a/b"),))
    with pytest.raises(InputError, match="has no content"):
        revise(store, latest, Revision(added=(lost,)))
    assert store.versions("support") == [latest]


def test_two_revisions_of_one_version_do_not_undo_each_other(store: Store, build: Build) -> None:
    cases = build.cases(2)
    latest = build.add(store, cases)
    revise(store, latest, Revision(removed=("c0",)))
    with pytest.raises(UsageError, match="support has changed meanwhile"):
        revise(store, latest, Revision(removed=("c1",)))
    assert len(store.versions("support")) == 2


def test_a_case_is_found_by_its_id_in_its_version(store: Store, build: Build) -> None:
    hostile = Case(id='é \\u0000 "x" \ud800', input="a")
    cases = [*build.cases(3), hostile]
    first = build.add(store, cases)
    second = revise(store, first, Revision(replaced=(edited(cases[2], "new"),))).version
    assert store.find_case(first, "c2") == cases[2]
    assert store.find_case(second, "c2").expected == "new"
    assert store.find_case(second, hostile.id) == hostile
    with pytest.raises(NotFoundError, match="there is no case 'none'"):
        store.find_case(second, "none")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(1, 12),
    removed=st.sets(st.integers(0, 11)),
    replaced=st.sets(st.integers(0, 11)),
    added=st.integers(0, 3),
)
def test_places_have_no_gap_whatever_is_removed(
    build: Build, size: int, removed: set[int], replaced: set[int], added: int
) -> None:
    cases = build.cases(size)
    new = build.cases(added, prefix="n")
    gone = sorted(n for n in removed if n < size)
    other = {n: edited(cases[n], "other") for n in replaced - removed if n < size}
    wanted: Sequence[Case] = [other.get(n, case) for n, case in enumerate(cases) if n not in gone] + new
    revision = Revision(
        replaced=tuple(other.values()), added=tuple(new), removed=tuple(cases[n].id for n in gone)
    )
    with open_store("sqlite://") as store:
        latest = build.add(store, cases)
        if not wanted:
            with pytest.raises(InputError, match="no case would be left"):
                revise(store, latest, revision)
            return
        version = revise(store, latest, revision).version
        assert store.cases_at(version, range(len(wanted))) == wanted
        assert version.hash == version_hash(wanted)
