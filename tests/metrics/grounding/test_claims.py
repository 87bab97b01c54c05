from __future__ import annotations

import pytest

from steelyard.metrics.grounding import split_claims


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("Hello! The tower is tall. Does that help?", ["The tower is tall."]),
        ("According to the documents, the tower is tall [1].", ["the tower is tall  ."]),
        (
            "The tower was built in 1889, and it is 330 m tall.",
            ["The tower was built in 1889", "it is 330 m tall."],
        ),
        ("It sells salt, pepper and oil.", ["It sells salt, pepper and oil."]),
        ("Here are the facts:\n- It is tall.\n- It is old.", ["It is tall.", "It is old."]),
        ("| Item | Price |\n|---|---|\n| Tea | 3 € |", ["Tea   3 €"]),
        ("```python\nprint('It is tall.')\n```", []),
        ("Paris", ["Paris"]),
        (
            "你好！公司成立于1998年，但总部不在北京。希望对您有帮助。",
            ["公司成立于1998年", "但总部不在北京。"],
        ),
        ("Xin chào! Tháp cao 330 m. Bạn cần gì nữa không?", ["Tháp cao 330 m."]),
    ],
)
def test_claims_of_an_answer(answer: str, claims: list[str]) -> None:
    assert [claim.text for claim in split_claims(answer).claims] == claims


def test_claims_know_their_place() -> None:
    answer = "Sure! The tower is **tall** [1]. It is old."
    found = split_claims(answer).claims
    assert [answer[claim.start : claim.end] for claim in found] == [
        "The tower is **tall** [1].",
        "It is old.",
    ]


def test_abstentions_are_no_claims() -> None:
    split = split_claims("The context does not mention the price. The tower is tall.")
    assert len(split.claims) == 1
    assert len(split.abstentions) == 1
