from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import BenchmarkStore, Imported, add_version, diff_versions, read_cases
from steelyard.core import Case, FixedClock, InputError, UsageError


def _imported(*cases: Case) -> Imported:
    return Imported(cases=cases)


ONE = Case(id="a", input="q1", expected="x")
TWO = Case(id="b", input="q2", expected="y", slices={"topic": "t"})


def test_versions_count_up_and_say_what_changed(benchmarks: BenchmarkStore, clock: FixedClock) -> None:
    first = add_version(benchmarks, "support", _imported(ONE, TWO), clock=clock, tag="start", message="why")
    assert (first.version.version, first.added, first.removed, first.changed) == ("v1", 2, 0, 0)
    assert first.version.parent is None
    assert first.version.created == clock.now()
    relabelled = Case(id="b", input="q2", expected="y", slices={"topic": "u"})
    second = add_version(benchmarks, "support", _imported(relabelled, Case(id="c", input="q3")), clock=clock)
    assert second.as_json() == {
        "name": "support",
        "version": "v2",
        "hash": second.version.hash,
        "cases": 2,
        "added": 1,
        "removed": 1,
        "changed": 1,
        "new": True,
    }
    assert second.version.parent == first.version.hash
    change = second.diff.changed[0]
    assert (change.id, change.fields, change.comparable) == ("b", ("slices",), True)


def test_the_same_cases_add_nothing_but_the_tag(benchmarks: BenchmarkStore, clock: FixedClock) -> None:
    first = add_version(benchmarks, "support", _imported(ONE, TWO), clock=clock)
    again = add_version(benchmarks, "support", _imported(TWO, ONE), clock=clock, tag="release")
    assert not again.is_new
    assert again.version.number == first.version.number
    assert benchmarks.versions("support")[0].tags == ("release",)


@pytest.mark.parametrize("name", ["", "-x", "a/b", "a@b", "a b", "../x", "x" * 101, "ä"])
def test_refuses_bad_names(benchmarks: BenchmarkStore, clock: FixedClock, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a benchmark"):
        add_version(benchmarks, name, _imported(ONE), clock=clock)


@pytest.mark.parametrize("tag", ["v12", "abcdef", "a b", ""])
def test_refuses_tags_that_look_like_versions_or_hashes(
    benchmarks: BenchmarkStore, clock: FixedClock, tag: str
) -> None:
    with pytest.raises(UsageError, match="cannot be a tag"):
        add_version(benchmarks, "support", _imported(ONE), clock=clock, tag=tag)
    assert benchmarks.versions() == []


def test_refuses_no_cases(benchmarks: BenchmarkStore, clock: FixedClock) -> None:
    with pytest.raises(InputError, match="no case to add"):
        add_version(benchmarks, "support", _imported(), clock=clock)


def test_attachments_are_stored_and_must_have_content(
    benchmarks: BenchmarkStore, clock: FixedClock, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(b"png")
    row = {"id": "a", "input": "what?", "attachments": [{"path": "cat.png"}]}
    (tmp_path / "cases.jsonl").write_text(json.dumps(row), encoding="utf-8")
    imported = read_cases(tmp_path / "cases.jsonl")
    digest = imported.cases[0].attachments[0].sha256
    with pytest.raises(InputError, match=r"'cat\.png' of case 'a' has no content"):
        add_version(benchmarks, "images", Imported(cases=imported.cases), clock=clock)
    add_version(benchmarks, "images", imported, clock=clock)
    assert benchmarks.get_attachment(digest) == b"png"
    add_version(benchmarks, "again", Imported(cases=imported.cases), clock=clock)


def test_diff_lists_fields_in_order_and_what_stays_comparable() -> None:
    a = [ONE, TWO, Case(id="c", input="same")]
    b = [
        Case(id="c", input="same"),
        Case(id="a", input="q1 new", expected="z", weight=2.0),
        Case(id="d", input="new"),
    ]
    diff = diff_versions(a, b)
    assert diff.as_json() == {
        "added": ["d"],
        "removed": ["b"],
        "changed": [{"id": "a", "fields": ["input", "expected", "weight"], "comparable": False}],
        "unchanged": 1,
        "comparable": 1,
    }
