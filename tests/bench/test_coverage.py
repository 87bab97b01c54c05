from __future__ import annotations

from steelyard.bench import MOST_VALUES, Cover, slice_coverage


def test_slices_and_pairs_are_counted_with_groups_once() -> None:
    found = slice_coverage(
        [
            ("group:a", {"lang": "de", "topic": "refunds"}),
            ("group:a", {"lang": "de", "topic": "refunds"}),
            ("b", {"lang": "de", "topic": "billing"}),
            ("c", {"lang": "en", "topic": "refunds"}),
            ("d", {"topic": "refunds"}),
        ]
    )
    assert found.total == Cover(cases=5, units=4)
    assert list(found.dimensions["lang"].items()) == [
        ("de", Cover(cases=3, units=2)),
        ("en", Cover(cases=1, units=1)),
    ]
    assert found.unlabelled == {"lang": 1, "topic": 0}
    (pair,) = found.crossed
    assert (pair.rows, pair.columns) == ("lang", "topic")
    assert pair.cells == {
        ("de", "billing"): Cover(cases=1, units=1),
        ("de", "refunds"): Cover(cases=2, units=1),
        ("en", "refunds"): Cover(cases=1, units=1),
    }


def test_names_and_constants_are_not_crossed() -> None:
    labels = [(str(n), {"id": f"v{n}", "all": "x", "half": str(n % 2)}) for n in range(MOST_VALUES + 1)]
    found = slice_coverage(labels)
    assert found.crossed == ()
    assert len(found.dimensions["id"]) == MOST_VALUES + 1


def test_without_slices_or_cases_there_is_nothing_to_count() -> None:
    assert slice_coverage([("a", {})]).dimensions == {}
    assert slice_coverage([]).total == Cover(cases=0, units=0)
