from __future__ import annotations

import pytest

from steelyard.core import Case, Json, Output, Scored, Skipped
from steelyard.metrics import make_metric, score_output

CITIES: Json = {
    "question": "The capital of France?",
    "options": {"A": "Lyon", "B": "Paris", "C": "Paris, Texas"},
}


def _chosen(answer: Json, expected: Json = "B", case_input: Json = "Which?") -> Scored:
    score = score_output(
        make_metric("choice"), Case(id="1", input=case_input, expected=expected), Output(value=answer)
    )
    assert isinstance(score, Scored), score
    return score


BARE = ("B", "b", "(B)", "B.", "**B**", " B) ", "[B]", "「B」", "\\boxed{B}", "$\\boxed{\\text{B}}$")
ANNOUNCED = (
    *("The answer is (B).", "The correct answer is B", "Answer: B", "ANSWER: b", "I would choose option B."),
    *("answer is **B**, because A is wrong", "A is wrong and C is too. The answer is B."),
    "The answer is A? No: the answer is B.",
    *(
        "Đáp án: B",
        "Chọn B.",
        "答案是B。",
        "正确答案：B",
        "答えはBです",
        "정답은 B입니다",
        "คำตอบคือ B",
        "الإجابة هي B",
    ),
    *("La respuesta correcta es B.", "La réponse est B.", "Die richtige Antwort ist B."),
)
PLACED = (
    "B. Paris",
    "B) because it is the capital",
    "(B) Paris",
    "B\nIt is the capital.",
    "A fails, C fails.\nB",
)
OBJECTS: tuple[Json, ...] = ({"answer": "B"}, '{"answer": "B", "why": "A is wrong"}')


@pytest.mark.parametrize("answer", [*BARE, *ANNOUNCED, *PLACED, *OBJECTS])
def test_a_choice_is_read_as_people_write_it(answer: Json) -> None:
    score = _chosen(answer)
    assert (score.value, score.reason) == (1.0, "chose B")


@pytest.mark.parametrize("answer", ["A", "The answer is (C).", "Answer: A. Not B."])
def test_another_choice_is_wrong(answer: str) -> None:
    score = _chosen(answer)
    assert (score.value, score.extracted) == (0.0, True)


@pytest.mark.parametrize(
    "answer",
    [
        "A good question",
        "I think about A and B.",
        "The answer is a matter of taste",
        "None of them",
        "Because",
    ],
)
def test_no_clear_choice_is_a_failure_of_the_target(answer: str) -> None:
    assert _chosen(answer) == Scored(value=0.0, reason="no choice in the answer", extracted=False)


@pytest.mark.parametrize("answer", ["Paris", "paris.", "It is Paris, of course.", "B", "The answer is Paris"])
@pytest.mark.parametrize("expected", ["B", "Paris", "(b)"])
def test_the_text_of_an_option_counts(answer: str, expected: str) -> None:
    assert _chosen(answer, expected, CITIES).value == 1.0


def test_a_longer_option_is_not_the_shorter_one_inside_it() -> None:
    assert _chosen("Paris, Texas", "C", CITIES).value == 1.0
    assert _chosen("That would be Paris, Texas.", "C", CITIES).value == 1.0
    assert _chosen("Lyon or Paris", "B", CITIES).extracted is False


def test_options_may_be_a_list_or_have_numbers() -> None:
    assert _chosen("Hà Nội", "B", {"choices": ["Huế", "Hà Nội"]}).value == 1.0
    assert _chosen("2", "2", {"choices": {"1": "Huế", "2": "Hà Nội"}}).value == 1.0
    assert _chosen("北京", {"answer": "A", "options": ["北京", "上海"]}, {"answer": "x"}).value == 1.0


def test_an_expectation_outside_the_options_is_skipped() -> None:
    score = score_output(
        make_metric("choice"), Case(id="1", input=CITIES, expected="Rome"), Output(value="B")
    )
    assert score == Skipped(reason="the expectation 'Rome' is none of the options")
