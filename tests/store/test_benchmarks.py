from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from steelyard.core import Attachment, Case, InputError, NotFoundError, Provenance, Scenario
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def test_a_version_comes_back_with_its_cases_in_order(store: Store, build: Build) -> None:
    cases = [
        Case(
            id="z",
            input=[{"role": "user", "content": "hi"}],
            expected=["a", "b"],
            context=("doc",),
            turns=({"role": "user", "content": "and?"},),
            slices={"tier": "smoke"},
            group="g",
            weight=2.5,
            split="sealed",
            metadata={"n": [1, 2.0, None]},
        ),
        Case(id="a", scenario=Scenario(persona="angry", goal="refund", max_turns=3)),
        Case(
            id="m",
            input={"q": 1},
            attachments=(Attachment(path="i.png", sha256="0" * 64, media_type="image/png"),),
        ),
    ]
    version = replace(
        build.version(cases, tags=["gold"]),
        message="first",
        provenance=Provenance(source="file", reference="cases.jsonl", detail={"lines": 3}),
    )
    stored = store.add_version(version, iter(cases))
    assert stored == replace(version, number=1)
    assert store.versions("support") == [stored]
    assert list(store.cases(stored)) == cases


def test_versions_number_themselves_and_name_their_parent(store: Store, build: Build) -> None:
    first = build.add(store, build.cases(2))
    second = store.add_version(replace(build.version(build.cases(3)), parent=first.hash), build.cases(3))
    other = build.add(store, build.cases(2), name="other")
    assert [(version.name, version.version) for version in store.versions()] == [
        ("support", "v1"),
        ("support", "v2"),
        ("other", "v1"),
    ]
    assert second.parent == first.hash
    assert store.versions("support") == [first, second]
    assert store.versions("other") == [other]
    assert store.versions("nothing") == []


def test_the_same_cases_again_add_nothing_but_tags(store: Store, build: Build) -> None:
    cases = build.cases(2)
    build.add(store, cases)
    again = store.add_version(build.version(cases, tags=["x"]), cases)
    assert again.version == "v1"
    assert again.tags == ("x",)
    assert store.versions() == [again]


def test_going_back_to_earlier_cases_makes_a_new_version(store: Store, build: Build) -> None:
    first = build.add(store, build.cases(2))
    build.add(store, build.cases(3))
    third = build.add(store, build.cases(2))
    assert (third.version, third.hash) == ("v3", first.hash)
    assert list(store.cases(third)) == build.cases(2)
    store.create_run(build.record(third))
    assert store.get_run("run-1").benchmark == third.ref


def test_versions_share_the_rows_of_their_common_cases(store: Store, build: Build) -> None:
    build.add(store, build.cases(50))
    build.add(store, build.cases(60))
    with store._db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM cases")).scalar() == 60


def test_a_tag_moves_within_its_benchmark(store: Store, build: Build) -> None:
    first = store.add_version(build.version(build.cases(1), tags=["stable"]), build.cases(1))
    second = build.add(store, build.cases(2))
    other = store.add_version(build.version(build.cases(1), name="other", tags=["stable"]), build.cases(1))
    store.tag(second, "stable")
    store.tag(second, "also")
    assert [version.tags for version in store.versions("support")] == [(), ("also", "stable")]
    assert store.versions("other") == [other]
    with pytest.raises(NotFoundError, match="no version v7"):
        store.tag(replace(first, number=7), "x")


def test_nothing_is_stored_when_the_source_breaks_off(store: Store, build: Build) -> None:
    def broken() -> Iterator[Case]:
        yield from build.cases(1500)
        raise InputError("line 1501 is broken")

    with pytest.raises(InputError, match="line 1501"):
        store.add_version(build.version(build.cases(2000)), broken())
    assert store.versions() == []
    with store._db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM cases")).scalar() == 0


def test_two_cases_of_one_id_are_refused(store: Store, build: Build) -> None:
    twice = [Case(id="a", input="1"), Case(id="a", input="2")]
    with pytest.raises(InputError, match="two cases have the id 'a'"):
        store.add_version(build.version(twice), twice)
    assert store.versions() == []


def test_a_wrong_count_is_refused(store: Store, build: Build) -> None:
    with pytest.raises(InputError, match="announces 2 cases but has 1"):
        store.add_version(build.version(build.cases(2)), build.cases(1))


def test_versions_added_at_once_get_numbers_of_their_own(
    store: Store, reopen: Callable[[], Store], build: Build
) -> None:
    stores = [store, reopen(), reopen()]

    def add(count: int) -> str:
        return build.add(stores[count % 3], build.cases(count)).version

    with ThreadPoolExecutor(3) as threads:
        numbers = list(threads.map(add, range(1, 13)))
    assert sorted(numbers) == sorted(f"v{number}" for number in range(1, 13))


def test_attachments_are_named_by_their_bytes(store: Store) -> None:
    data = bytes(range(256)) * 1000
    digest = hashlib.sha256(data).hexdigest()
    store.put_attachment(digest, data)
    store.put_attachment(digest, data)
    assert store.get_attachment(digest) == data
    with pytest.raises(NotFoundError, match="no attachment has this SHA-256"):
        store.get_attachment("f" * 64)
    with pytest.raises(InputError, match="do not have the SHA-256"):
        store.put_attachment("f" * 64, data)


def test_cases_are_found_by_their_words_but_never_a_sealed_one(store: Store, build: Build) -> None:
    cases = [
        Case(id="a", input='Größe "XL" 100% of it\nnext'),
        Case(id="b", input=[{"role": "user", "content": "a REFUND_1"}], metadata={"note": "groesse"}),
        Case(id="c", input="refund of the sealed", split="sealed"),
        Case(id="d", input="lone \ud800 and \x00"),
    ]
    version = build.add(store, cases)
    build.add(store, [Case(id="other", input="refund elsewhere")], name="other")
    for words, found in {
        "refund": {1},
        "größe": {0},
        'e "XL"': {0},
        "100%": {0},
        "_": {1},
        "it\nnext": {0},
        "\ud800": {3},
        "\x00": {3},
        "nowhere": set(),
    }.items():
        assert store.search_cases(version, words) == found, words


def test_labels_name_the_cluster_and_the_slices_of_each_case(store: Store, build: Build) -> None:
    cases = [
        Case(id="a", input="1", group="g", slices={"lang": "de"}),
        Case(id="b", input="2"),
        Case(id="c", input="3", group="g"),
    ]
    labels = store.case_labels(build.add(store, cases))
    assert labels == [("group:g", '{"lang":"de"}'), ("b", "{}"), ("group:g", "{}")]
