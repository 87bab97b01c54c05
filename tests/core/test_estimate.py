"""Estimates: the keys of the command contract."""

from __future__ import annotations

from steelyard.core import CASES_LIKE_THESE, Estimate, canonical_json

CONTRACT = {
    "name", "value", "n", "unit", "interval", "level", "method", "missing", "bounds", "estimand", "signature",
}  # fmt: skip


def test_the_keys_of_the_contract() -> None:
    document = Estimate(name="m", value=0.5, interval=(0.4, 0.6), n=100, bounds=(0.3, 0.7)).as_json()
    assert document.keys() >= CONTRACT
    assert (document["interval"], document["bounds"], document["level"]) == ([0.4, 0.6], [0.3, 0.7], 0.95)
    assert (document["n_units"], document["estimand"]) == (100, CASES_LIKE_THESE)


def test_no_value_is_null_and_never_a_number() -> None:
    document = Estimate(name="m", value=None, interval=None, n=0, note="nothing was scored").as_json()
    assert (document["value"], document["interval"], document["bounds"]) == (None, None, None)
    assert '"value":null' in canonical_json(document)


def test_an_interval_at_zero_is_an_interval() -> None:
    assert Estimate(name="m", value=0.0, interval=(0.0, 0.0), n=1).as_json()["interval"] == [0.0, 0.0]


def test_units_are_written_where_they_differ_from_observations() -> None:
    estimate = Estimate(name="m", value=0.5, interval=None, n=200, n_units=50, unit="group")
    assert estimate.as_json()["n_units"] == 50
