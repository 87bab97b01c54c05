"""Generators: the span lasts as long as they do, and is the present one only while they work."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
from opentelemetry.trace import StatusCode, get_current_span
from tests.traces.capture.conftest import Spans

import steelyard


@steelyard.trace
def words(text: str) -> Iterator[str]:
    for word in text.split():
        with steelyard.trace("inner"):
            yield word + " "


@steelyard.trace
async def words_later(text: str) -> AsyncIterator[str]:
    with steelyard.trace("whole"):
        for word in text.split():
            await asyncio.sleep(0)
            with steelyard.trace("inner"):
                pass
            yield word + " "


def outside() -> bool:
    return not get_current_span().get_span_context().is_valid


def test_pieces_are_joined_and_the_reader_is_outside(spans: Spans) -> None:
    assert inspect.isgeneratorfunction(words)
    stream = words("it is late")
    assert spans.names() == []
    assert [(piece, outside()) for piece in stream] == [("it ", True), ("is ", True), ("late ", True)]
    said = spans.said("words")
    assert (said["input.value"], said["output.value"]) == ("it is late", "it is late ")
    assert said["steelyard.stream.pieces"] == 3
    assert spans.names() == ["inner", "inner", "inner", "words"]
    root = spans.one("words").context
    assert root is not None
    assert {span.parent.span_id for span in spans.all()[:3] if span.parent} == {root.span_id}


async def test_an_asynchronous_one_keeps_what_it_had_open(spans: Spans) -> None:
    assert inspect.isasyncgenfunction(words_later)
    with steelyard.trace("reader"):
        held = get_current_span()
        async for _ in words_later("it is late"):
            assert get_current_span() is held
            with steelyard.trace("of the reader"):
                pass
    assert spans.parent("whole") == "words_later"
    assert spans.parent("words_later") == "reader"
    whole, reader = spans.one("whole").context, spans.one("reader").context
    above = [span.parent.span_id for span in spans.all() if span.name == "inner" and span.parent]
    assert whole is not None
    assert above == [whole.span_id] * 3
    own = [span.parent.span_id for span in spans.all() if span.name == "of the reader" and span.parent]
    assert reader is not None
    assert own == [reader.span_id] * 3


def test_a_reader_that_stops_ends_the_span_without_an_error(spans: Spans) -> None:
    for piece in words("it is late"):
        assert piece == "it "
        break
    gc.collect()
    span = spans.one("words")
    assert span.status.status_code is StatusCode.UNSET
    assert spans.said("words")["output.value"] == "it "
    assert spans.said("words")["steelyard.stream.closed"] is True


async def test_a_stream_closed_by_another_task_ends_quietly(
    spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    stream = words_later("it is late")
    with caplog.at_level(logging.WARNING):
        assert await anext(stream) == "it "
        await asyncio.create_task(stream.aclose())  # type: ignore[attr-defined]
    assert caplog.records == []
    assert {"words_later", "whole"} <= set(spans.names())
    assert outside()


async def test_a_block_left_in_another_task_does_no_harm(
    spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    async def untraced() -> AsyncIterator[int]:
        with steelyard.trace("block"):
            yield 1
            yield 2

    stream = untraced()
    with caplog.at_level(logging.WARNING):
        await asyncio.create_task(anext(stream))  # type: ignore[arg-type]
        await stream.aclose()  # type: ignore[attr-defined]
    assert caplog.records == []
    assert spans.names() == ["block"]


def test_what_a_generator_is_sent_raises_and_returns_comes_through(spans: Spans) -> None:
    @steelyard.trace
    def talk(first: str) -> Generator[str, str, int]:
        said = yield first
        try:
            yield said.upper()
        except KeyError:
            yield "caught"
        return 3

    stream = talk("hello")
    assert next(stream) == "hello"
    assert stream.send("you") == "YOU"
    assert stream.throw(KeyError("x")) == "caught"
    with pytest.raises(StopIteration, match="3"):
        next(stream)
    assert spans.said()["output.value"] == "helloYOUcaught"

    @steelyard.trace("broken")
    def broken() -> Iterator[str]:
        yield "a"
        raise ValueError("lost the connection")

    with pytest.raises(ValueError, match="lost the connection"):
        list(broken())
    assert spans.said("broken")["output.value"] == "a"
    assert spans.one("broken").status.description == "ValueError: lost the connection"


async def test_an_asynchronous_one_is_sent_and_thrown_at(spans: Spans) -> None:
    @steelyard.trace
    async def talk() -> AsyncIterator[object]:
        said = yield "hello"
        try:
            yield said
        except KeyError:
            yield {"caught": 1}
        raise ValueError("the end")

    stream = talk()
    assert await anext(stream) == "hello"
    assert await stream.asend("you") == "you"  # type: ignore[attr-defined]
    assert await stream.athrow(KeyError("x")) == {"caught": 1}  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="the end"):
        await anext(stream)
    assert spans.said()["output.value"] == ["hello", "you", {"caught": 1}]
    assert spans.said()["error.type"] == "ValueError"


async def test_a_function_that_hands_out_a_stream_lasts_until_it_is_read(spans: Spans) -> None:
    @steelyard.trace
    def plain(text: str) -> Iterator[str]:
        return iter_words(text)

    def iter_words(text: str) -> Iterator[str]:
        yield from words(text)

    @steelyard.trace
    async def endpoint(text: str) -> AsyncIterator[str]:
        return words_later(text)

    stream = plain("it is")
    assert spans.names() == []
    assert list(stream) == ["it ", "is "]
    assert spans.parent("words") == "plain"
    assert spans.said("plain")["output.value"] == "it is "
    found = await endpoint("it is")
    assert [piece async for piece in found] == ["it ", "is "]
    assert spans.parent("words_later") == "endpoint"
    assert spans.said("endpoint")["output.value"] == "it is "


def test_a_stream_that_nobody_reads_ends_its_span(spans: Spans) -> None:
    @steelyard.trace
    def unread() -> Iterator[str]:
        return (word for word in "ab")

    stream = unread()
    assert spans.names() == []
    del stream
    gc.collect()
    assert spans.names() == ["unread"]


def test_a_generator_inside_another_lies_below_it(spans: Spans) -> None:
    @steelyard.trace
    def outer() -> Iterator[str]:
        yield from words("a b")

    assert list(outer()) == ["a ", "b "]
    assert spans.parent("words") == "outer"
    assert spans.parent("outer") == ""
