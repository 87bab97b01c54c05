from __future__ import annotations

from collections.abc import Mapping

import pytest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from steelyard.core import Json
from steelyard.traces import Mapper, MappingSettings, SpanRow, redact_personal
from steelyard.traces._values import set_value


def row(attributes: Mapping[str, Json], *, settings: MappingSettings | None = None) -> SpanRow:
    span = OtlpSpan(trace_id=bytes([1] * 16), span_id=bytes([2] * 8), name="s")
    span.start_time_unix_nano = 1_700_000_000 * 10**9
    span.end_time_unix_nano = span.start_time_unix_nano + 2 * 10**9
    for key, value in attributes.items():
        set_value(span.attributes.add(key=key).value, value)
    mapper = Mapper(settings)
    return mapper.span(span, mapper.resource(Resource()))


CURRENT: dict[str, Json] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.cache_read.input_tokens": 400,
}
OLDER: dict[str, Json] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.prompt_tokens": 1000,
    "gen_ai.usage.completion_tokens": 200,
    "gen_ai.usage.cache_read_input_tokens": 400,
}
OPENINFERENCE: dict[str, Json] = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.model_name": "gpt-4o",
    "llm.token_count.prompt": 1000,
    "llm.token_count.completion": 200,
    "llm.token_count.prompt_details.cache_read": 400,
}
TRACELOOP: dict[str, Json] = {
    "llm.request.type": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.prompt_tokens": 1000,
    "gen_ai.usage.completion_tokens": 200,
    "gen_ai.usage.cache_read_input_tokens": 400,
}
VERCEL: dict[str, Json] = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.model.provider": "openai",
    "ai.model.id": "gpt-4o",
    "ai.usage.promptTokens": 1000,
    "ai.usage.completionTokens": 200,
    "ai.usage.cachedInputTokens": 400,
}
LANGFUSE: dict[str, Json] = {
    "langfuse.observation.type": "GENERATION",
    "gen_ai.system": "openai",
    "langfuse.observation.model.name": "gpt-4o",
    "langfuse.observation.usage_details": '{"input": 1000, "output": 200, "cache_read_input_tokens": 400}',
}


@pytest.mark.parametrize("attributes", [CURRENT, OLDER, OPENINFERENCE, TRACELOOP, VERCEL, LANGFUSE])
def test_every_dialect_gives_the_same_columns(attributes: dict[str, Json]) -> None:
    found = row(attributes)
    assert (found.kind, found.provider, found.model) == ("llm", "openai", "gpt-4o")
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (1000, 200, 400)
    assert found.cost_usd is not None
    assert found.priced not in ("", "producer")


def test_parts_are_never_added_to_totals_unless_the_producer_left_them_out() -> None:
    assert row(CURRENT).input_tokens == 1000
    beside = {**CURRENT, "gen_ai.usage.input_tokens": 10}
    assert row(beside).input_tokens == 410
    thinking = {**CURRENT, "gen_ai.usage.reasoning.output_tokens": 150}
    assert (row(thinking).output_tokens, row(thinking).reasoning_tokens) == (200, 150)


def test_the_producers_cost_goes_first_and_no_price_is_no_cost() -> None:
    given = row({**OPENINFERENCE, "llm.cost.total": 0.5})
    assert (given.cost_usd, given.priced) == (0.5, "producer")
    unknown = row({**CURRENT, "gen_ai.request.model": "nobodys-model"})
    assert (unknown.cost_usd, unknown.priced) == (None, "")
    assert (
        row(
            {"gen_ai.operation.name": "invoke_agent", **{k: v for k, v in CURRENT.items() if "op" not in k}}
        ).cost_usd
        is None
    )


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"gen_ai.tool.name": "search"}, "tool"),
        ({"gen_ai.operation.name": "invoke_agent", "openinference.span.kind": "CHAIN"}, "step"),
        ({"traceloop.span.kind": "workflow", "gen_ai.operation.name": "embeddings"}, "embedding"),
        ({"gen_ai.request.model": "m"}, "llm"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail"),
        ({"ai.operationId": "ai.toolCall"}, "tool"),
        ({}, "step"),
    ],
)
def test_kinds(attributes: dict[str, Json], kind: str) -> None:
    assert row(attributes).kind == kind


def test_latency_first_token_user_session_and_slice() -> None:
    settings = MappingSettings(slice_attributes=("tier",))
    found = row(
        {
            "gen_ai.response.time_to_first_chunk": 0.25,
            "enduser.id": "u",
            "gen_ai.conversation.id": "c",
            "session.id": "s",
            "tier": "gold",
            "deployment.environment.name": "prod",
            "error.type": "timeout",
        },
        settings=settings,
    )
    assert (found.duration_us, found.first_token_us) == (2_000_000, 250_000)
    assert (found.user, found.session, found.slice) == ("u", "s", "gold")
    assert (found.failed, found.error) == (True, "timeout")


def test_previews_show_the_last_question_and_the_first_answer() -> None:
    asked = (
        '[{"role":"system","content":"Be kind"},'
        '{"role":"user","parts":[{"type":"text","content":"Where\\nis it?"}]}]'
    )
    found = row(
        {"gen_ai.input.messages": asked, "gen_ai.output.messages": '[{"role":"assistant","content":"Here."}]'}
    )
    assert (found.input_preview, found.output_preview) == ("Where is it?", "Here.")


def test_values_of_the_wrong_type_are_no_numbers() -> None:
    found = row(
        {"gen_ai.usage.input_tokens": "many", "gen_ai.usage.output_tokens": -5, "llm.cost.total": "NaN"}
    )
    assert (found.input_tokens, found.output_tokens, found.cost_usd) == (None, None, None)
    assert row({"gen_ai.usage.input_tokens": "12"}).input_tokens == 12


def test_redaction_knows_addresses_keys_and_cards_and_leaves_the_rest() -> None:
    # 4111 1111 1111 1111 is the test number that card schemes publish; the other one fails the Luhn check.
    text = (
        "mail a.b@example.org, key sk-abcdefghijklmnop1234, "
        "card 4111 1111 1111 1111, order 4111 1111 1111 1112"
    )
    assert redact_personal(text) == "mail [email], key [key], card [card], order 4111 1111 1111 1112"
