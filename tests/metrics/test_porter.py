from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer as NltkStemmer  # type: ignore[import-untyped]

from steelyard.metrics._porter import PorterStemmer

WORDS = Path(__file__).resolve().parents[2] / "../shared/data/arena_hard/gpt-4-0613.jsonl.gz"
_SUFFIX_WORDS = """
    s ies sses ed ied eed ing ated bling izing y ational tional enci anci izer abli bli alli
    entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti fulli
    logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent
    ion sion tion ou ism ate iti ous ive ize e ll
"""
SUFFIXES = tuple(_SUFFIX_WORDS.split())


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("relational", "relat"),
        ("hopping", "hop"),
        ("controlling", "control"),
    ],
)
def test_porters_own_examples(word: str, stem: str) -> None:
    assert PorterStemmer().stem(word) == stem  # Porter 1980, the examples of its tables run to the end


@given(
    st.text(alphabet="abcdefhilstuxyz0", max_size=7),
    st.sampled_from(SUFFIXES),
    st.sampled_from(["", *SUFFIXES]),
)
def test_equals_nltk_on_made_up_words(start: str, middle: str, end: str) -> None:
    word = start + middle + end
    assert PorterStemmer().stem(word) == NltkStemmer().stem(word)


@pytest.mark.skipif(not WORDS.exists(), reason="the recorded English answers are not on this machine")
def test_equals_nltk_on_real_words() -> None:
    with gzip.open(WORDS, "rt", encoding="utf-8") as lines:
        text = " ".join(json.dumps(json.loads(line), ensure_ascii=False) for line in lines)
    found = sorted(set(re.findall("[a-z0-9]+", text.lower())))
    assert len(found) > 5000
    ours, theirs = PorterStemmer(), NltkStemmer()
    assert {word: ours.stem(word) for word in found} == {word: theirs.stem(word) for word in found}
