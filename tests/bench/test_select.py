from __future__ import annotations

from collections.abc import Callable

import pytest

from steelyard.bench import select_cases
from steelyard.core import Case, UsageError

CASES = [
    Case(id="a", input="q", slices={"tier": "smoke", "topic": "x"}),
    Case(id="b", input="q", slices={"tier": "full", "topic": "x"}),
    Case(id="c", input="q", slices={"tier": "smoke"}, split="sealed"),
]


def test_chooses_by_slices_split_and_ids() -> None:
    def ids(**chosen: object) -> list[str]:
        select: Callable[..., object] = select_cases
        found = select(CASES, **chosen)
        assert isinstance(found, object)
        return [case.id for case in found]  # type: ignore[attr-defined]

    assert ids() == ["a", "b", "c"]
    assert ids(slices={"tier": "smoke"}) == ["a", "c"]
    assert ids(slices={"tier": "smoke", "topic": "x"}) == ["a"]
    assert ids(split="sealed") == ["c"]
    assert ids(ids=["c", "a"]) == ["a", "c"]


def test_an_empty_choice_says_what_there_is() -> None:
    with pytest.raises(UsageError, match="no case is selected") as caught:
        list(select_cases(CASES, slices={"tier": "smok"}))
    assert caught.value.hint == "'tier' has the values full, smoke, not 'smok'"
    with pytest.raises(UsageError, match="no case is selected") as caught:
        list(select_cases(CASES, slices={"teir": "smoke"}))
    assert caught.value.hint == "No case has the slice dimension 'teir'"
    with pytest.raises(UsageError, match="no case is selected") as caught:
        list(select_cases(CASES, split="closed"))
    assert caught.value.hint == "The splits are open, sealed, not 'closed'"
    with pytest.raises(UsageError, match="no case is selected") as caught:
        list(select_cases(CASES, slices={"topic": "x"}, split="sealed"))
    assert "no case lies in all of them" in caught.value.hint


def test_missing_ids_are_named() -> None:
    with pytest.raises(UsageError, match=r"no case 'x' to select \(nor 1 others\)"):
        list(select_cases(CASES, ids=["a", "x", "y"]))
