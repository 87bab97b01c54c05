from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.text import Normaliser


@pytest.mark.parametrize(
    ("settings", "text", "expected"),
    [
        (Normaliser(), "  a  b\n", "a  b"),
        (Normaliser(space="collapse"), "\u3000a \u00a0 b\n", "a b"),
        (Normaliser(space="keep"), " a ", " a "),
        (Normaliser(ignore_case=True), "STRASSE", "strasse"),
        (Normaliser(ignore_case=True), "Straße", "strasse"),
        (Normaliser(ignore_case=True), "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        (Normaliser(), unicodedata.normalize("NFD", "Việt"), "Việt"),
        (Normaliser(unicode="none"), "e\u0301", "e\u0301"),
        (Normaliser(unicode="nfkc"), "ﬁ ＡＢ ①", "fi AB 1"),
        (Normaliser(ignore_punctuation=True), "«Paris», $5。", "Paris 5"),
        (
            Normaliser(ignore_articles=True, space="collapse"),
            "The cat and a dog in theatre",
            "cat and dog in theatre",
        ),
    ],
)
def test_each_step_is_declared(settings: Normaliser, text: str, expected: str) -> None:
    assert settings(text) == expected


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_normalising_twice_changes_nothing(text: str) -> None:
    normalise = Normaliser(ignore_case=True, ignore_punctuation=True, space="collapse")
    once = normalise(text)
    assert normalise(once) == once
