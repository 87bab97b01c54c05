# ruff: noqa: E501  documents and claims are read line by line
from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core import Case, Json, Output, Scored, Skipped, Span
from steelyard.metrics import make_metric, score_output
from steelyard.metrics.grounding import check

TOWER = (
    "The Eiffel Tower in Paris was completed on 31 March 1889. It is 330 metres tall and was designed by the company "
    "of Gustave Eiffel. It has three levels for visitors. The restaurant does not accept cash. About 5.9 million people "
    "visited it in 2022, and a ticket cost €28.30. Prices rose in June 2024."
)
LEAVE = (
    "Nhân viên được nghỉ phép 12 ngày mỗi năm. Công ty không trả lương cho ngày nghỉ không phép. Lương tối thiểu là "
    "5,3 triệu đồng, áp dụng từ ngày 1 tháng 7 năm 2024. Doanh thu quý một tăng 15%."
)
COMPANY = "该公司成立于1998年3月5日，总部位于深圳。2023年营收为350万元，同比增长12%。公司不提供退款服务。员工共有三百人。"
HOURS = "The shop opens at 9 am and closes at 5 pm."
PRIZE = "Marie Curie won the Nobel Prize in Physics in 1903."
SHOP = "当店は2015年4月1日に開店しました。営業時間は9時から18時までです。返品は受け付けていません。配送料は500円です。"
THAI = "บริษัทก่อตั้งเมื่อวันที่ 5 มีนาคม 2540 มีพนักงาน 120 คน บริษัทไม่คืนเงินให้ลูกค้า"
GERMAN = "Das Museum wurde am 3. Mai 1921 eröffnet. Der Eintritt kostet 12,50 Euro. Hunde sind im Museum nicht erlaubt."

CLAIMS = [
    (HOURS, "The shop closes at 5 pm.", "supported"),
    (HOURS, "The shop closes at 17:00.", "supported"),
    (HOURS, "The shop opens at 9 am.", "supported"),
    (HOURS, "The shop closes at 9 am.", "contradicted"),
    (PRIZE, "Albert Einstein won the Nobel Prize in Physics in 1903.", "absent"),
    (PRIZE, "Marie Curie won the Nobel Prize in Physics in 1903.", "supported"),
    (TOWER, "The Eiffel Tower is 330 m tall.", "supported"),
    (TOWER, "The Eiffel Tower is 0.33 km tall.", "supported"),
    (TOWER, "It is about 1,083 feet tall.", "supported"),
    (TOWER, "The Eiffel Tower is 300 metres tall.", "contradicted"),
    (TOWER, "The tower was completed in 1889.", "supported"),
    (TOWER, "The Eiffel Tower was completed on 1889-03-31.", "supported"),
    (TOWER, "The Eiffel Tower was completed on March 31, 1889.", "supported"),
    (TOWER, "The Eiffel Tower was completed in 1899.", "contradicted"),
    (TOWER, "The Eiffel Tower was completed on 30 March 1889.", "contradicted"),
    (TOWER, "The restaurant accepts cash.", "contradicted"),
    (TOWER, "The restaurant doesn't accept cash.", "supported"),
    (TOWER, "5,900,000 people visited it in 2022.", "supported"),
    (TOWER, "5.8 million people visited it in 2022.", "contradicted"),
    (TOWER, "A ticket cost 28.30 euros in 2022.", "supported"),
    (TOWER, "A ticket cost $28.30.", "absent"),
    (TOWER, "Prices fell in June 2024.", "contradicted"),
    (TOWER, "It has three levels for visitors.", "supported"),
    (TOWER, "It has 4 levels for visitors.", "contradicted"),
    (TOWER, "The Eiffel Tower in Paris was designed by Pablo Picasso.", "absent"),
    (TOWER, "The moon is made of green cheese.", "absent"),
    (TOWER, "The Eiffel Tower was painted red by volunteers from Marseille.", "absent"),
    (LEAVE, "Nhân viên được nghỉ phép 12 ngày mỗi năm.", "supported"),
    (LEAVE, "Nhân viên được nghỉ phép 15 ngày mỗi năm.", "contradicted"),
    (LEAVE, "Lương tối thiểu là 5.300.000 đồng.", "supported"),
    (LEAVE, "Công ty trả lương cho ngày nghỉ.", "contradicted"),
    (LEAVE, "Doanh thu quý một giảm 15%.", "contradicted"),
    (LEAVE, "Lương tối thiểu áp dụng từ 01/07/2024.", "supported"),
    (COMPANY, "公司成立于1998年3月5日。", "supported"),
    (COMPANY, "公司成立于1999年。", "contradicted"),
    (COMPANY, "2023年营收为3,500,000元。", "supported"),
    (COMPANY, "公司提供退款服务。", "contradicted"),
    (COMPANY, "员工共有300人。", "supported"),
    (COMPANY, "公司总部位于北京市朝阳区。", "absent"),
    (SHOP, "配送料は500円です。", "supported"),
    (SHOP, "配送料は800円です。", "contradicted"),
    (SHOP, "返品は受け付けています。", "contradicted"),
    (THAI, "บริษัทมีพนักงาน 120 คน", "supported"),
    (THAI, "บริษัทมีพนักงาน 150 คน", "contradicted"),
    (GERMAN, "Der Eintritt kostet 12,50 €.", "supported"),
    (GERMAN, "Der Eintritt kostet 15 Euro.", "contradicted"),
    (GERMAN, "Hunde sind im Museum erlaubt.", "contradicted"),
    (GERMAN, "Das Museum wurde 1921 eröffnet.", "supported"),
]
"""Made by hand, verdicts decided before the code was run."""


@pytest.mark.parametrize(("document", "claim", "verdict"), CLAIMS)
def test_claims_with_known_verdicts(document: str, claim: str, verdict: str) -> None:
    (row,) = check(claim, [document]).verdicts
    assert row.verdict == verdict, (row.probability, row.why)


def _score(
    answer: str, *documents: str, expected: Json = None, metric: str = "groundedness:embeddings=off"
) -> Scored:
    case = Case(id="1", input="What?", expected=expected, context=documents)
    score = score_output(make_metric(metric), case, Output(value=answer))
    assert isinstance(score, Scored), score
    return score


def test_the_evidence_is_a_place_in_a_document() -> None:
    (row,) = check("The restaurant does not accept cash.", ["Nothing here.", TOWER]).verdicts
    assert row.evidence is not None
    assert row.evidence.document == 2
    assert (
        TOWER[row.evidence.start : row.evidence.end]
        == row.evidence.text
        == "The restaurant does not accept cash."
    )


def test_the_value_is_the_share_of_claims_supported() -> None:
    answer = "The tower is 330 metres tall. It was completed in 1899. The moon is made of green cheese. Does that help?"
    score = _score(answer, TOWER)
    assert score.value == pytest.approx(1 / 3)
    assert score.reason.startswith("1 of 3 claims supported; contradicted: 'It was completed in 1899.'")
    assert (score.detail["supported"], score.detail["contradicted"], score.detail["absent"]) == (1, 1, 1)
    strict = _score(answer, TOWER, metric="groundedness:strict=true,embeddings=off")
    assert strict.value == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        "The documents do not say who built it.",
        "I don't know.",
        "Tài liệu không đề cập đến điều này.",
        "文档中没有提到这一点。",
        "資料には記載されていません。",
        "เอกสารไม่ได้ระบุไว้",
        "Der Text enthält dazu keine Angaben.",
    ],
)
def test_abstentions_are_credited(answer: str) -> None:
    rightly = _score(answer, TOWER, expected={"answerable": False})
    assert rightly.value == 1.0
    assert "rightly" in rightly.reason
    missed = _score(answer, TOWER, expected="330 metres")
    assert missed.value == 1.0
    assert "miss of completeness, no hallucination" in missed.reason
    assert missed.detail["abstained"] is True


def test_no_context_no_score() -> None:
    metric = make_metric("groundedness")
    score = score_output(metric, Case(id="1", input="q"), Output(value="It is red."))
    assert score == Skipped(reason="the case has no context; `self_consistency` compares epochs instead")


def test_names_from_the_question_are_known() -> None:
    case = Case(id="1", input="Where was Ada Lovelace born?", context=("She was born in London.",))
    score = score_output(make_metric("groundedness"), case, Output(value="Ada Lovelace was born in London."))
    assert isinstance(score, Scored)
    assert "names" not in score.reason


def test_faithfulness_reads_what_the_output_retrieved() -> None:
    case = Case(id="1", input="q", context=("The cat is 9 years old.",))
    span = Span(name="search", kind="retriever", output=[{"page_content": "The cat is 4 years old."}])
    score = score_output(
        make_metric("faithfulness"), case, Output(value="The cat is 4 years old.", trace=(span,))
    )
    assert isinstance(score, Scored)
    assert score.value == 1.0


def test_the_signature_names_the_tiers() -> None:
    assert str(make_metric("groundedness:embeddings=off").spec.settings["signature"]).startswith("lexical-")
    assert "+" not in str(make_metric("groundedness:embeddings=off").spec.settings["signature"])


@given(
    st.permutations([TOWER, GERMAN, "Mice ran past the mat."]),
    st.sampled_from([row[1] for row in CLAIMS[:21]]),
)
@settings(max_examples=25, deadline=None)
def test_the_order_of_documents_changes_no_verdict(documents: list[str], claim: str) -> None:
    (one,) = check(claim, documents).verdicts
    (other,) = check(claim, sorted(documents)).verdicts
    assert (one.verdict, one.probability) == (other.verdict, other.probability)


@given(st.sampled_from([row[1] for row in CLAIMS]), st.sampled_from([TOWER, LEAVE, COMPANY, GERMAN]))
@settings(max_examples=40, deadline=None)
def test_one_more_document_never_lowers(claim: str, more: str) -> None:
    before = check(claim, [TOWER])
    after = check(claim, [TOWER, more])
    assert after.count("supported") >= before.count("supported")


def test_invisible_characters_hide_nothing() -> None:
    claim = "The tower is 3\u200b00 me\u200dtres tall."
    (row,) = check(claim, [TOWER]).verdicts
    assert row.verdict == "contradicted"


@pytest.mark.parametrize(
    "answer",
    [
        "a" * 1_000_000,
        "The tower is tall. " * 50_000,
        "(" * 100_000,
        "1," * 100_000,
        "not " * 100_000,
        "| a | b |\n" * 20_000,
        "$" + "1" * 100_000,
        "[1" * 100_000,
        "«" * 50_000 + "“" * 50_000,
        "A " * 100_000,
        "、" * 100_000,
        "ก " * 100_000,
        " " * 300_000 + "x",
        "a;" * 100_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_answers_take_bounded_time(answer: str) -> None:
    began = time.process_time()
    for name in (
        "groundedness:embeddings=off",
        "citations:embeddings=off",
        "self_consistency:embeddings=off",
    ):
        score_output(make_metric(name), Case(id="1", input="q", context=(TOWER,)), Output(value=answer))
    assert time.process_time() - began < 60  # seconds where a slip would take hours


def test_thousands_of_claims_are_cut_and_it_is_said() -> None:
    rng = random.Random(3)
    answer = " ".join(f"Fact {rng.random():.6f} about the tower is known." for _ in range(3000))
    score = _score(answer, TOWER)
    assert score.detail["unread"] is True
    claims = score.detail["claims"]
    assert isinstance(claims, list)
    assert len(claims) == 50
    assert "too long to be checked to its end" in score.reason
