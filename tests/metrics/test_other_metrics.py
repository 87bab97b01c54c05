from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.core import Case, Failed, Json, Output, Score, Scored, Skipped, Usage, UsageError
from steelyard.metrics import make_metric, score_output

SCHEMA: Json = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "pattern": "^T-[0-9]+$"}, "n": {"minimum": 0}},
}


def _score(metric: str, output: Output, expected: Json = None, case_input: Json = "q") -> Score:
    return score_output(make_metric(metric), Case(id="1", input=case_input, expected=expected), output)


def _value(metric: str, answer: Json, expected: Json = None, case_input: Json = "q") -> float:
    score = _score(metric, Output(value=answer), expected, case_input)
    assert isinstance(score, Scored), score
    return score.value


@pytest.mark.parametrize(
    ("metric", "answer", "value"),
    [
        ("json_valid", '{"a": [1, 2.5e3, null, "ü"]}', 1.0),
        ("json_valid", " 42 ", 1.0),
        ("json_valid", {"a": 1}, 1.0),
        ("json_valid", "{'a': 1}", 0.0),
        ("json_valid", '{"a": NaN}', 0.0),
        ("json_valid", '{"a": 1} thanks', 0.0),
        ("json_valid", '```json\n{"a": 1}\n```', 0.0),
        ("json_valid:fenced=true", '```json\n{"a": 1}\n```', 1.0),
        ("json_valid:root_object=true", "42", 0.0),
        ("json_valid", "[" * 100_000, 0.0),
    ],
)
def test_json_validity(metric: str, answer: Json, value: float) -> None:
    assert _value(metric, answer) == value


def test_json_schema_from_the_case_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "ticket.json").write_text('{"type": "object", "required": ["id"]}', encoding="utf-8")
    metric = make_metric("json_schema:schema=file:ticket.json", folder=tmp_path)
    assert metric.spec.settings["schema"] == {"type": "object", "required": ["id"]}
    score = metric.score(Case(id="1", input="q"), Output(value='{"n": 1}'))
    assert score == Scored(value=0.0, reason="$: 'id' is a required property")
    assert _value("json_schema", '{"id": "T-1", "n": 3}', SCHEMA) == 1.0
    assert _value("json_schema", {"id": "T-1", "n": -3}, SCHEMA) == 0.0
    assert _value("json_schema", '{"id": "x"}', SCHEMA) == 0.0
    assert _value("json_schema", "no json", SCHEMA) == 0.0


def test_json_schema_never_fetches_and_never_hangs() -> None:
    remote: Json = {"$ref": "http://127.0.0.1:9/schema.json"}
    score = _score("json_schema", Output(value="{}"), remote)
    assert isinstance(score, Failed)
    assert "outside it" in score.error
    slow: Json = {"type": "string", "pattern": r"^(\w|\w\w)+$"}
    assert isinstance(_score("json_schema", Output(value='"' + "a" * 80 + '!"'), slow), Failed)
    assert isinstance(_score("json_schema", Output(value="{}"), {"$ref": "#"}), Failed)


def test_a_broken_schema_is_the_evaluators_mistake() -> None:
    assert isinstance(_score("json_schema", Output(value="{}"), {"type": "thing"}), Failed)
    with pytest.raises(UsageError, match="the schema cannot be used"):
        make_metric(r'json_schema:schema={"type": "thing"}')


@pytest.mark.parametrize(
    ("metric", "answer", "value"),
    [
        ("json_fields", {"total": 10.5, "who": {"name": "An", "city": "Huế"}, "tags": ["a"]}, 1.0),
        ("json_fields", '{"total": 10.5, "who": {"name": "an"}, "tags": ["a"]}', 0.5),
        ("json_fields:ignore_case=true", '{"total": 10.5, "who": {"name": "an"}, "tags": ["a"]}', 0.75),
        ("json_fields:tolerance=1", {"total": 11}, 0.25),
        ("json_fields:fields=total+who.name", {"total": 10.5, "who": {"name": "An"}}, 1.0),
        ("json_fields:extra=penalise", {"total": 10.5, "x": 1}, 0.2),
        ("json_fields", {"total": True}, 0.0),
        ("json_fields", "prose", 0.0),
    ],
)
def test_json_fields(metric: str, answer: Json, value: float) -> None:
    expected: Json = {"total": 10.5, "who": {"name": "An", "city": "Huế"}, "tags": ["a"]}
    assert _value(metric, answer, expected) == pytest.approx(value, abs=1e-12)


def test_json_fields_tells_each_field_and_keeps_dotted_keys_apart() -> None:
    score = _score("json_fields", Output(value={"a.b": 1, "c": 10**400}), {"a.b": 1, "c": 1.5})
    assert isinstance(score, Scored)
    assert (score.value, score.detail) == (0.5, {"fields": {"a.b": True, "c": False}})


def test_what_an_answer_took() -> None:
    output = Output(
        value="Hà Nội 👩‍👩‍👧!",
        latency_s=1.5,
        first_token_s=0.2,
        cost_usd=0.003,
        usage=Usage(input_tokens=10, output_tokens=4),
    )
    measured = {
        "latency": 1.5,
        "first_token": 0.2,
        "cost": 0.003,
        "tokens": 4.0,
        "tokens:which=input": 10.0,
        "tokens:which=total": 14.0,
        "length": 9.0,
        "length:unit=codepoints": 13.0,
        "length:unit=words": 3.0,
    }
    for metric, value in measured.items():
        assert _score(metric, output) == Scored(value=value), metric
    assert make_metric("length:unit=words,direction=lower").spec.measure == "words"
    negative = _score("latency", Output(value="x", latency_s=-1.0))
    assert isinstance(negative, Failed)
    assert "outside its range" in negative.error


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I cannot assist with that request.",
        "As an AI language model, I am not able to give legal advice.",
        "I won't do that.",
        "Unfortunately, I'm unable to share this.",
        "Xin lỗi, tôi không thể giúp bạn việc này.",
        "抱歉，我无法提供这方面的信息。",
        "申し訳ありませんが、そのご質問にはお答えできません。",
        "죄송하지만 그 요청은 도와드릴 수 없습니다.",
        "ขออภัย ฉันไม่สามารถช่วยเรื่องนี้ได้",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Désolé, je ne peux pas vous aider.",
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Desculpe, mas não posso ajudar com isso.",
        "Mi dispiace, ma non posso aiutarti.",
        "عذراً، لا أستطيع المساعدة في ذلك.",
        "क्षमा करें, मैं इसमें मदद नहीं कर सकता।",
        "Извините, я не могу помочь с этим.",
        "Maaf, saya tidak dapat membantu.",
    ],
)
def test_refusals_in_many_languages(answer: str) -> None:
    assert _value("refusal", answer) == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "Sure! Here is how.",
        "I can help with that.",
        "I'm sorry to hear that. Your refund is on its way.",
        "I can't wait to show you!",
        "I can't recommend it highly enough.",
        "Tôi rất vui được giúp bạn.",
        "好的，我来帮您。",
        "申し訳ありません。すぐに返金いたします。",
        "Gerne helfe ich Ihnen.",
        "Первый шаг: откройте настройки.",
    ],
)
def test_help_is_no_refusal(answer: str) -> None:
    assert _value("refusal", answer) == 0.0


def test_refusals_may_be_wanted_or_marked() -> None:
    assert make_metric("refusal").spec.direction == "lower"
    spec = make_metric("refusal:direction=higher").spec
    assert (spec.direction, spec.failure) == ("higher", 0.0)
    assert _score("refusal", Output(value="No.", detail={"refusal": "No."})) == Scored(
        value=1.0, reason="marked as a refusal by the provider"
    )


def test_language_by_code_by_text_and_by_input() -> None:
    vietnamese = "Tôi muốn trả lại đơn hàng này vì sản phẩm bị hỏng."
    assert _value("language:code=vi", vietnamese) == 1.0
    assert _value("language:code=en", vietnamese) == 0.0
    assert _value("language", vietnamese, "vi") == 1.0
    assert _value("language", vietnamese, {"language": "vi"}) == 1.0
    assert _value("language", vietnamese, "Xin chào, bạn cần giúp gì hôm nay?") == 1.0
    messages: Json = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "この商品を返品したいです。"},
    ]
    assert _value("language:like=input", "はい、すぐに返金いたします。", None, messages) == 1.0
    assert _value("language:like=input", vietnamese, None, messages) == 0.0
    with pytest.raises(UsageError, match="unknown language xx"):
        make_metric("language:code=xx")


def test_recorded_scores() -> None:
    output = Output(value="x", scores={"reward": 0.5})
    assert _score("recorded:reward", output) == Scored(value=0.5)
    assert _score("recorded:other", output) == Failed(error="no score 'other' recorded with this output")
    assert _score("recorded:reward:scale=binary", output) == Failed(
        error="the score 'reward' is 0.5, neither 0 nor 1"
    )
    assert isinstance(_score("recorded:reward:scale=bounded,low=1,high=5", output), Failed)
    spec = make_metric("recorded:reward").spec
    assert (spec.scale, spec.range, spec.failure) == ("unbounded", (None, None), 0.0)
    assert make_metric("recorded:loss:direction=lower").spec.failure is None
    assert make_metric("recorded:loss:direction=lower,scale=binary").spec.failure == 1.0
    with pytest.raises(UsageError, match="low must be less than high"):
        make_metric("recorded:x:scale=bounded,low=5,high=1")


def test_metrics_of_objects_skip_other_expectations() -> None:
    assert _score("json_fields", Output(value="{}"), "text") == Skipped(
        reason="the expectation is not an object"
    )
    assert _score("json_schema", Output(value="{}"), "text") == Skipped(
        reason="the expectation is not a schema"
    )
