"""Metrics by their names alone, wherever their settings are not needed to tell them apart."""

from __future__ import annotations

from dataclasses import replace

from tests.reports.conftest import Records

from steelyard.reports import (
    comparison_headline,
    parted,
    run_headline,
    short_names,
    shorten_comparisons,
    shorten_ranking,
    shorten_run,
)

KEY = "contains:ignore_case=true,whole_words=true"


def test_a_key_has_a_name_and_settings() -> None:
    assert parted(KEY) == ("contains", "ignore_case=true,whole_words=true")
    assert parted("recorded:reward") == ("recorded:reward", "")
    assert parted("judge:tone") == ("judge:tone", "")


def test_a_name_that_two_metrics_have_keeps_its_settings() -> None:
    assert short_names([KEY, "exact_match", KEY]) == {KEY: "contains", "exact_match": "exact_match"}
    assert short_names([KEY, "contains"]) == {KEY: KEY, "contains": "contains"}


def test_a_run_is_said_by_the_name_and_its_signature_stays(records: Records) -> None:
    run = records.run()
    (first, *_) = run.metrics
    long = replace(
        run, metrics=(replace(first, name=KEY),), not_extracted={KEY: 2}, passes={KEY: run.metrics[:1]}
    )
    short = shorten_run(long)
    assert "on contains (" in run_headline(short)
    assert short.metrics[0].signature == first.signature
    assert dict(short.not_extracted) == {"contains": 2}
    assert list(short.passes) == ["contains"]


def test_a_comparison_is_said_by_the_name_with_its_margin(records: Records) -> None:
    found = records.unsure().comparison
    first = replace(found.metrics[0], name=KEY)
    by_slice = replace(first, slice="topic=refunds")
    margins = {KEY: 0.01, f"{KEY}@topic=refunds": 0.5}
    long = replace(found, metrics=(first,), slices=(by_slice,), margins=margins)
    (short,) = shorten_comparisons([long])
    assert comparison_headline(short).startswith("175b_finetuning is worse on contains")
    assert short.allowed_for(short.slices[0]) == 0.5
    assert short.allowed_for(short.metrics[0]) == 0.01
    assert short.metrics[0].signature == first.signature
    assert {flip.metric for flip in (*short.broken, *short.fixed)} <= {"contains", "numeric_match"}


def test_two_comparisons_use_one_name(records: Records) -> None:
    found = records.unsure().comparison
    one = replace(found, metrics=(replace(found.metrics[0], name=KEY),), slices=())
    other = replace(found, metrics=(replace(found.metrics[0], name="contains"),), slices=())
    short = shorten_comparisons([one, other])
    assert [each.metrics[0].name for each in short] == [KEY, "contains"]
    assert shorten_ranking(()) == ()


def test_a_drop_is_said_beside_what_is_allowed(records: Records) -> None:
    """−4.3 points, 95 % −7.1 to −1.5: on both sides of 2, within 8, beyond 1."""
    found = records.unsure().comparison
    said = {
        drop: comparison_headline(replace(found, allowed_drop=drop, margins={}))
        for drop in (None, 0.01, 0.02, 0.08)
    }
    assert said[None].startswith("175b_finetuning is worse on numeric_match: −4.3 points")
    assert said[0.01].startswith("175b_finetuning is worse on numeric_match: −4.3 points")
    assert "worse on numeric_match, perhaps within the 2 points you allow: −4.3 points" in said[0.02]
    assert "worse on numeric_match, within the 8 points you allow: −4.3 points" in said[0.08]
