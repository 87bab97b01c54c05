"""Identifiers."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core import new_id

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(3000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(MOMENTS, MOMENTS, st.integers(0, 2**32))
def test_ids_sort_by_the_second_they_were_made_in(one: datetime, other: datetime, seed: int) -> None:
    rng = random.Random(seed)
    ids = [new_id("run", at=moment, rng=rng) for moment in (one, other)]
    if int(one.timestamp()) != int(other.timestamp()):
        assert (ids[0] < ids[1]) == (one < other)


def test_an_id_can_be_read_aloud() -> None:
    made = new_id("run", at=datetime(2026, 3, 1, tzinfo=UTC), rng=random.Random(0))
    assert re.fullmatch(r"run-[0-9a-hjkmnp-tv-z]{7}-[0-9a-hjkmnp-tv-z]{5}", made)


def test_the_same_moment_and_seed_make_the_same_id() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    first, again = (new_id("run", at=at, rng=random.Random(7)) for _ in range(2))
    assert first == again


def test_ids_of_one_second_differ() -> None:
    rng = random.Random(1)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    ids = {new_id("run", at=at + timedelta(microseconds=n), rng=rng) for n in range(200)}
    assert len(ids) == 200
