from __future__ import annotations

import pytest

from steelyard.text import identify_language, language_codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Where can I find the nearest railway station, please?", "en"),
        ("Tôi muốn trả lại đơn hàng này vì sản phẩm bị hỏng.", "vi"),
        ("我想退回这个订单，因为产品坏了。", "zh"),
        ("この商品は壊れていたので返品したいです。", "ja"),
        ("ฉันต้องการคืนสินค้านี้เพราะมันเสีย", "th"),
        ("이 제품이 고장 나서 반품하고 싶습니다.", "ko"),
        ("أريد إرجاع هذا الطلب لأن المنتج معطل.", "ar"),
        ("मैं यह ऑर्डर वापस करना चाहता हूँ क्योंकि उत्पाद टूटा हुआ है।", "hi"),
    ],
)
def test_names_the_language(text: str, code: str) -> None:
    found = identify_language(text)
    assert found is not None
    assert found.code == code
    assert 0.5 < found.probability <= 1.0


@pytest.mark.parametrize("text", ["", "   ", "1319", "👍", "a"])
def test_nothing_to_go_by(text: str) -> None:
    assert identify_language(text) is None


def test_candidates_narrow_the_choice() -> None:
    found = identify_language("kan du hjelpe meg med dette", among=("en", "de"))
    assert found is not None
    assert found.code in {"en", "de"}
    assert {"en", "vi", "th"} <= language_codes()


def test_lone_surrogates_are_left_out() -> None:
    assert identify_language("Where is the station? \ud800") is not None
