from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from steelyard.core import NotFoundError, Rating, UsageError, rubric_from_json
from steelyard.review import DrawnItem, JudgeCalibration, Study, StudyRating
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build

RUBRIC = rubric_from_json(
    {"name": "r", "criteria": [{"name": "ok", "question": "Good?", "anchors": {"0": "no", "1": "yes"}}]}
)


def rating(build: Build, rater: str, value: float | str, *, run: str = "run-1") -> StudyRating:
    return StudyRating(
        rating=Rating(
            item="c\x00é",
            rater=rater,
            criterion="ok",
            value=value,
            epoch=2,
            duration_s=1.5,
            comment="line\nbreak",
            output_hash="ab",
            rubric_hash="cd",
            rated=build.now,
        ),
        run=run,
        inclusion=0.25,
    )


def test_ratings_come_back_in_their_order_and_nothing_is_replaced(
    store: Store, reopen: Callable[[], Store], build: Build
) -> None:
    given = [rating(build, "a", 1.0), rating(build, "b", "yes"), rating(build, "a", 0.0)]
    drawn = [DrawnItem(run="run-1", item="c1", epoch=1, inclusion=0.5)]
    study = Study(name="s", created=build.now, rubric=RUBRIC, runs=("run-1",))
    store.save_study(study, ratings=given[:2], drawn=drawn)
    seen = store.rating_revision()
    store.save_study(study, ratings=given[2:])
    assert store.rating_revision() != seen
    other = reopen()
    assert other.ratings("s") == (given, drawn)
    assert other.get_study("s") == study
    assert other.studies() == [study]


def test_a_study_widens_its_runs_and_keeps_its_rubric(store: Store, build: Build) -> None:
    study = Study(name="s", created=build.now, runs=("run-1",))
    store.save_study(study)
    store.save_study(replace(study, runs=("run-2",), rubric=RUBRIC))
    assert store.get_study("s") == replace(study, runs=("run-1", "run-2"), rubric=RUBRIC)
    other = rubric_from_json({**RUBRIC.as_json(), "guideline": "Read twice."})
    with pytest.raises(UsageError, match="bound to another version of its rubric"):
        store.save_study(replace(study, rubric=other), ratings=[rating(build, "a", 1.0)])
    assert store.ratings("s") == ([], [])


def test_an_unknown_study_names_the_known_ones(store: Store, build: Build) -> None:
    with pytest.raises(NotFoundError, match="no study is called 'x'"):
        store.get_study("x")
    store.save_study(Study(name="s", created=build.now))
    with pytest.raises(NotFoundError, match="Known: s"):
        store.ratings("x")


def test_calibrations_stay_as_history_newest_first(store: Store, build: Build) -> None:
    first = JudgeCalibration(
        run="run-1",
        study="s",
        metric="judge:x",
        criterion="ok",
        judge={"model": "m"},
        benchmark_hash="h",
        fingerprint={"n": 3},
        raters=("a", "b"),
        labels=3,
        date=build.now,
        threshold=0.5,
        fitted_on=(("c1", 1),),
        seed=7,
        detail={"quality": None},
    )
    second = replace(first, labels=4, threshold=None, fitted_on=())
    store.add_calibration(first)
    store.add_calibration(second)
    assert store.calibrations() == [second, first]
