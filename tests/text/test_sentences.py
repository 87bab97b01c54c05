# ruff: noqa: E501  sentences are read line by line
from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steelyard.text import embeddings_installed, sentences, static_embedder


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith paid 3.50 to J. Doe, e.g. in cash. He left.", ["Dr. Smith paid 3.50 to J. Doe, e.g. in cash.", "He left."]),
        ("Am 3. Mai kam er. Er ging.", ["Am 3. Mai kam er.", "Er ging."]),
        ("Giá là 1.200 đồng. Hết hạn ngày 5.", ["Giá là 1.200 đồng.", "Hết hạn ngày 5."]),
        ("公司成立于1998年。总部在深圳！是吗？", ["公司成立于1998年。", "总部在深圳！", "是吗？"]),
        ("これは本です。「はい。」と言った。", ["これは本です。", "「はい。」", "と言った。"]),
        ("She said “Stop.” Then it rained.", ["She said “Stop.”", "Then it rained."]),
        ("- First item\n- Second item. More.", ["First item", "Second item.", "More."]),
        ("1. One\n2) Two", ["One", "Two"]),
        ("# Title\nText here.", ["Title", "Text here."]),
        ("A line that was wrapped by an editor after some seventy\ncharacters goes on.\n\nNew.", ["A line that was wrapped by an editor after some seventy\ncharacters goes on.", "New."]),
        ("", []),
        ("...", ["..."]),
    ],
)  # fmt: skip
def test_sentences_in_several_languages(text: str, wanted: list[str]) -> None:
    assert [text[place.start : place.end] for place in sentences(text)] == wanted


def test_tables_and_code_are_told_apart() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n```py\nx = 1. Y\n```\nDone."
    assert [place.kind for place in sentences(text)] == ["row", "row", "code", "prose"]


def test_thai_is_cut_at_its_blanks() -> None:
    text = "บริษัทก่อตั้งเมื่อหลายปีก่อนในกรุงเทพ บริษัทไม่คืนเงินให้ลูกค้าทุกคน"
    assert len(sentences(text)) == 2


@given(st.text(alphabet=st.sampled_from("aB1 .!?。\n-|#`“”(ก本\u200b"), max_size=80))
@example("# ")
def test_sentences_lie_in_order_and_hold_every_letter(text: str) -> None:
    places = sentences(text)
    assert all(0 <= place.start < place.end <= len(text) for place in places)
    assert all(one.end <= two.start for one, two in pairwise(places))


@pytest.mark.skipif(not embeddings_installed(), reason="the extra `embeddings` is not installed")
def test_like_meanings_lie_nearer() -> None:
    cat, kitten, tax, none = static_embedder()(
        ["A cat sleeps.", "A kitten is asleep.", "Income tax rose.", ""]
    )
    assert float(cat @ kitten) > float(cat @ tax)
    assert float(cat @ cat) == pytest.approx(1, abs=1e-5)
    assert not none.any()
