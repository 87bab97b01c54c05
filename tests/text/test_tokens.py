from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.text import graphemes, split_unspaced, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't pay $1,319.50 in the U.S. — e-mail", "I|don't|pay|1,319.50|in|the|U.S|e|mail"),
        ("snake_case x2 13th", "snake_case|x2|13th"),
        ("Đường phố Hà Nội, 1.319 người!", "Đường|phố|Hà|Nội|1.319|người"),
        ("北京2008年奥运会。", "北|京|2008|年|奥|运|会"),
        ("カタカナとひらがな、ラーメン", "カタカナ|と|ひ|ら|が|な|ラーメン"),
        ("ดีครับ กำลัง", "ดี|ค|รั|บ|กำ|ลั|ง"),
        ("한국어 문장입니다.", "한국어|문장입니다"),
        ("العَرَبِيَّة، لغةٌ", "العَرَبِيَّة|لغةٌ"),
        ("हिन्दी में लिखा हुआ।", "हिन्दी|में|लिखा|हुआ"),
        ("می‌خواهم", "می‌خواهم"),
        ("👩‍👩‍👧 ok 👍🏽🇻🇳 1️⃣ ❤️", "👩‍👩‍👧|ok|👍🏽|🇻🇳|1️⃣|❤️"),
        ("ѐлка l’été", "ѐлка|l’été"),
        ("... — !?", ""),
        ("", ""),
    ],
)
def test_words_of_every_script(text: str, expected: str) -> None:
    assert words(text) == (expected.split("|") if expected else [])


def test_a_decomposed_word_stays_one_word() -> None:
    assert words(unicodedata.normalize("NFD", "Việt Nam")) == [
        unicodedata.normalize("NFD", "Việt"),
        "Nam",
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Việt", 4),
        (unicodedata.normalize("NFD", "Việt"), 4),
        ("กำ", 1),
        ("🇻🇳🇯🇵", 2),
        ("👩‍👩‍👧", 1),
        ("नि", 1),
        ("a\r\nb", 3),
        ("🇻🇳\u0301🇯", 2),
    ],
)
def test_graphemes_are_what_people_count(text: str, count: int) -> None:
    assert len(graphemes(text)) == count


@given(st.text())
def test_graphemes_lose_nothing(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_words_hold_any_text(text: str) -> None:
    assert all(word and word in text for word in words(text))


def test_hostile_repetition_is_read_in_one_pass() -> None:
    for piece in ("1", "1.", "a'", "語", "👍", "\x00", "\ud800", "กำ", "🇻", "👩\u200d", "क्", "\u0300"):
        text = (piece * (300_000 // len(piece)))[:300_000]
        assert len(words(text)) <= 300_000
        assert "".join(graphemes(text)) == text


def test_split_unspaced_is_the_mixed_segmentation_of_mlqa() -> None:
    assert split_unspaced(["北京2008", "hello", "xin", "chào"]) == [
        "北",
        "京",
        "2008",
        "hello",
        "xin",
        "chào",
    ]
