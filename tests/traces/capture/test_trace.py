"""Blocks: what a step says of itself, and who is served."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import StatusCode, get_current_span, get_tracer_provider
from tests.traces.capture.conftest import Spans

import steelyard
from steelyard.core import ConfigError, UsageError
from steelyard.traces import redact_personal
from steelyard.traces.capture import CaptureSettings, configure_trace, flush_traces
from steelyard.traces.capture._settings import read_settings


def test_a_block_says_what_it_likes(spans: Spans) -> None:
    with steelyard.trace("answer", kind="llm", attributes={"shop.region": "eu"}) as span:
        span.set_input([{"role": "user", "content": "Where is it?"}])
        span.add(
            model="gpt-4o", provider="openai", input_tokens=9, cached_tokens=4, cost_usd=0.01,
            finish_reasons=["stop"], metadata={"n": 1}, nothing=None,
        )  # fmt: skip
        span.add({"shop.order": 7, "shop.token": "s3cret"})
        span.event("cache miss", {"tries": 2})
        span.score("helpful", 0.5, explanation="so so")
        span.score("tone", "polite")
        span.set_output({"role": "assistant", "content": "It left."})
        assert span.recording
        assert (len(span.trace_id), len(span.span_id)) == (32, 16)
        assert steelyard.current_span() is span
    said = spans.said("answer")
    assert said == {
        "openinference.span.kind": "LLM",
        "gen_ai.operation.name": "chat",
        "shop.region": "eu",
        "gen_ai.input.messages": [{"role": "user", "content": "Where is it?"}],
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.provider.name": "openai",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cost": 0.01,
        "gen_ai.response.finish_reasons": ("stop",),
        "metadata": {"n": 1},
        "shop.order": 7,
        "shop.token": "[masked]",
        "gen_ai.output.messages": [{"role": "assistant", "content": "It left."}],
    }
    assert [event.name for event in spans.one().events] == ["cache miss", *["gen_ai.evaluation.result"] * 2]
    scores = [dict(event.attributes or {}) for event in spans.one().events[1:]]
    assert scores == [
        {
            "gen_ai.evaluation.name": "helpful",
            "gen_ai.evaluation.score.value": 0.5,
            "gen_ai.evaluation.explanation": "so so",
        },
        {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.label": "polite"},
    ]


async def test_blocks_nest_and_tasks_stay_apart(spans: Spans) -> None:
    async def part(number: int) -> None:
        async with steelyard.trace(f"part {number}"):
            await asyncio.sleep(0.01 * (3 - number))
            with steelyard.trace(f"deep {number}"):
                pass

    with steelyard.trace("whole"):
        await asyncio.gather(*(part(number) for number in range(3)))
    assert [spans.parent(f"part {n}") for n in range(3)] == ["whole"] * 3
    assert [spans.parent(f"deep {n}") for n in range(3)] == ["part 0", "part 1", "part 2"]


def test_a_block_fails_by_an_exception_or_by_its_own_word(spans: Spans) -> None:
    with pytest.raises(ZeroDivisionError, match="division"), steelyard.trace("raises"):
        _ = 1 / 0
    with steelyard.trace("says") as span:
        span.fail("the shop is closed")
        span.set_output("after all")
    assert [span.status.status_code for span in spans.all()] == [StatusCode.ERROR] * 2
    assert spans.one("says").status.description == "the shop is closed"
    assert not get_current_span().get_span_context().is_valid


def test_a_block_is_opened_once_at_a_time(spans: Spans) -> None:
    block = steelyard.trace("again")
    with block, pytest.raises(UsageError, match="is open already"), block:
        pass
    with block:
        pass
    assert spans.names() == ["again", "again"]
    with pytest.raises(UsageError, match="has no name"), steelyard.trace():
        pass


def test_who_is_served_is_known_to_everything_inside(spans: Spans) -> None:
    tracer = get_tracer_provider().get_tracer("another instrumentation")
    with (
        steelyard.trace_context(user="u-17", session="s-3", tags=["beta"]),
        steelyard.trace("outer"),
        steelyard.trace_context(
            session="s-4", slice="gold", tags=["vip"], metadata={"plan": "x", "token": "t"}
        ),
        steelyard.trace("inner"),
    ):
        tracer.start_span("foreign").end()
    with steelyard.trace("after"):
        pass
    outer, inner = spans.said("outer"), spans.said("inner")
    assert (outer["user.id"], outer["session.id"], outer["tag.tags"]) == ("u-17", "s-3", ("beta",))
    assert (inner["user.id"], inner["session.id"], inner["steelyard.slice"]) == ("u-17", "s-4", "gold")
    assert (inner["tag.tags"], inner["metadata"]) == (("beta", "vip"), {"plan": "x", "token": "[masked]"})
    assert "user.id" not in spans.said("after")
    with pytest.raises(UsageError, match="tags are a list"):
        steelyard.trace_context(tags="beta")


def test_settings_bound_redact_and_switch_off(spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    @steelyard.trace
    def ask(question: str, api_key: str = "") -> str:
        raise ValueError(f"nobody at {question}")

    configure_trace(redact=redact_personal, max_characters=30)
    with pytest.raises(ValueError, match="nobody at"):
        ask("ann@example.org", api_key="sk-1")
    span = spans.one()
    assert spans.said()["input.value"] == {"question": "[email]", "api_key": "[masked]"}
    assert "ann@" not in str(span.events[0].attributes) + str(span.status.description) + str(span.attributes)
    configure_trace(content=False)
    with steelyard.trace("quiet") as quiet:
        quiet.set_input("x")
        quiet.set_output("y")
    assert spans.said("quiet") == {"openinference.span.kind": "CHAIN"}
    with pytest.raises(UsageError, match="at least 1"):
        configure_trace(max_characters=0)
    assert flush_traces()


def test_nothing_raises_or_is_logged_after_the_end(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    with steelyard.trace("early") as span:
        pass
    with caplog.at_level(logging.WARNING):
        span.set_output("late")
        span.add(model="x")
        span.fail("late")
        span.score("a", 1)
        span.event("b")
        span.end()
    assert caplog.records == []
    assert not span.recording


def test_names_that_no_utf8_holds_are_cleaned(spans: Spans) -> None:
    with steelyard.trace("a\ud800", attributes={"b\ud800": "c\ud800"}) as span:
        span.event("d\ud800", {"e\ud800": ["f\ud800"]})
        span.score("g\ud800", "h\ud800")
        span.fail("i\ud800")
    found = spans.one()
    said = [dict(found.attributes or {}), *(dict(event.attributes or {}) for event in found.events)]
    "\n".join(map(str, (found.name, found.status.description, said))).encode("utf-8")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, CaptureSettings()),
        (
            {"STEELYARD_ENDPOINT": "http://h:1/ ", "STEELYARD_KEY": " k "},
            CaptureSettings(endpoint="http://h:1", key="k"),
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, CaptureSettings(elsewhere=True)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_TRACES_EXPORTER": "none"}, CaptureSettings()),
        ({"STEELYARD_TRACE_CONTENT": "False"}, CaptureSettings(content=False)),
    ],
)
def test_the_environment_is_read(environ: dict[str, str], expected: CaptureSettings) -> None:
    assert read_settings(environ) == expected


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"STEELYARD_ENDPOINT": "localhost:8321"}, "STEELYARD_ENDPOINT: the address"),
        ({"STEELYARD_ENDPOINT": "http://u:hidden@h"}, "without user and password"),
        ({"STEELYARD_ENDPOINT": "http://h:99999"}, "the address"),
        ({"STEELYARD_TRACE_CONTENT": "maybe"}, "neither true nor false"),
    ],
)
def test_settings_that_are_none_are_said(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as found:
        read_settings(environ)
    assert "hidden" not in str(found.value)
    assert "hidden" not in repr(CaptureSettings(key="hidden"))


def test_the_applications_own_provider_is_used(spans: Spans) -> None:
    provider: Any = get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    with steelyard.trace("x"):
        pass
    scope = spans.one().instrumentation_scope
    assert scope is not None
    assert scope.name == "steelyard"
