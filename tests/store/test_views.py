from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from steelyard.core import NotFoundError, UsageError
from steelyard.store import Store
from steelyard.store.spans import Views
from steelyard.traces import LONGEST_NAME, MOST_VIEWS, SavedView, check_view_name

SLOW = SavedView(
    project="support",
    name="German errors",
    query={"failed": "1", "slice": "lang=de", "q": 'NUL \x00 and "quotes"'},
    made_by="ada",
    created=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
)


def test_views_come_back_in_the_order_they_were_saved(store: Store) -> None:
    views = Views(store.database)
    second = replace(SLOW, name="another")
    views.add_view(SLOW)
    views.add_view(second)
    views.add_view(replace(SLOW, project="other"))
    assert views.views("support") == [SLOW, second]
    assert views.views("nobody") == []


def test_a_name_is_taken_once_in_a_project(store: Store) -> None:
    views = Views(store.database)
    views.add_view(SLOW)
    with pytest.raises(UsageError, match="there is a view 'German errors' already"):
        views.add_view(replace(SLOW, query={}))
    assert views.views("support") == [SLOW]


def test_a_deleted_view_is_gone_from_its_project_alone(store: Store) -> None:
    views = Views(store.database)
    views.add_view(SLOW)
    views.add_view(replace(SLOW, project="other"))
    views.delete_view("support", SLOW.name)
    assert views.views("support") == []
    assert len(views.views("other")) == 1
    with pytest.raises(NotFoundError, match="there is no view 'German errors'"):
        views.delete_view("support", SLOW.name)


def test_a_project_has_a_bounded_number_of_views(store: Store) -> None:
    views = Views(store.database)
    for n in range(MOST_VIEWS):
        views.add_view(replace(SLOW, name=f"view {n}"))
    with pytest.raises(UsageError, match=f"{MOST_VIEWS} views already"):
        views.add_view(SLOW)


def test_names_are_one_line_that_people_can_read() -> None:
    assert check_view_name("  German \n errors ") == "German errors"
    for name in ("", "  ", "a\x00b", "x" * (LONGEST_NAME + 1)):
        with pytest.raises(UsageError, match="this cannot name a view"):
            check_view_name(name)
