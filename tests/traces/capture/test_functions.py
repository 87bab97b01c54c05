"""Functions of every sort, traced."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, assert_type

import pytest
from opentelemetry.trace import StatusCode
from tests.traces.capture.conftest import Spans

import steelyard
from steelyard.core import UsageError
from steelyard.traces.capture import with_context


def test_a_function_is_a_span_with_what_went_in_and_came_out(spans: Spans) -> None:
    @steelyard.trace
    def double(number: int, *more: int, by: int = 2, **rest: int) -> int:
        """Doubles."""
        return number * by

    assert double(21) == 42
    assert double(1, 2, 3, by=5, other=6) == 5
    first, second = spans.all()
    assert first.name == "double"
    assert first.status.status_code is StatusCode.UNSET
    assert dict(first.attributes or {}) == {
        "openinference.span.kind": "CHAIN",
        "input.value": "21",
        "input.mime_type": "application/json",
        "output.value": "42",
        "output.mime_type": "application/json",
    }
    assert (second.attributes or {})["input.value"] == '{"number":1,"more":[2,3],"by":5,"other":6}'
    assert (double.__name__, double.__doc__) == ("double", "Doubles.")
    assert list(inspect.signature(double).parameters) == ["number", "more", "by", "rest"]


def test_an_exception_is_recorded_and_goes_on(spans: Spans) -> None:
    @steelyard.trace("look up", kind="tool")
    def look_up(order: str) -> str:
        raise LookupError(f"no order {order}")

    with pytest.raises(LookupError, match="no order 7"):
        look_up("7")
    span = spans.one("look up")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "LookupError: no order 7"
    (event,) = span.events
    said = dict(event.attributes or {})
    assert (event.name, said["exception.type"], said["exception.message"]) == (
        "exception",
        "LookupError",
        "no order 7",
    )
    assert "look_up" in str(said["exception.stacktrace"])
    assert spans.said()["error.type"] == "LookupError"


def test_a_tool_is_named_as_models_call_it(spans: Spans) -> None:
    class Shop:
        @steelyard.trace(kind="tool")
        def get_order(self, number: int) -> dict[str, Any]:
            return {"number": number}

    Shop().get_order(number=7)
    said = spans.said("get_order")
    assert said["gen_ai.operation.name"] == "execute_tool"
    assert said["gen_ai.tool.name"] == "get_order"
    assert said["gen_ai.tool.call.arguments"] == {"number": 7}
    assert said["gen_ai.tool.call.result"] == {"number": 7}
    assert "input.value" not in said


def test_methods_of_every_sort_leave_their_owner_out(spans: Spans) -> None:
    class Bot:
        @steelyard.trace
        def answer(self, question: str) -> str:
            return question.upper()

        @steelyard.trace
        @classmethod
        def made(cls, name: str) -> str:
            return cls.__name__ + name

        @classmethod
        @steelyard.trace
        def other(cls, name: str) -> str:
            return cls.__name__ + name

        @steelyard.trace
        @staticmethod
        def plain(text: str) -> str:
            return text

    bot = Bot()
    assert (bot.answer("a"), bot.made("b"), Bot.other("c"), Bot.plain("d")) == ("A", "Botb", "Botc", "d")
    assert spans.names() == ["Bot.answer", "Bot.made", "Bot.other", "Bot.plain"]
    assert [(span.attributes or {})["input.value"] for span in spans.all()] == ["a", "b", "c", "d"]


async def test_a_coroutine_stays_one_and_its_calls_lie_below_it(spans: Spans) -> None:
    @steelyard.trace(kind="llm")
    async def call(messages: list[dict[str, str]]) -> str:
        await asyncio.sleep(0)
        steelyard.current_span().add(model="gpt-4o-mini", input_tokens=1200, output_tokens=88)
        return messages[0]["content"].upper()

    @steelyard.trace("answer", kind="agent")
    async def answer(question: str) -> list[str]:
        asked = [call([{"role": "user", "content": f"{question}{n}"}]) for n in range(2)]
        return await asyncio.gather(*asked)

    assert inspect.iscoroutinefunction(answer)
    assert await answer("hi") == ["HI0", "HI1"]
    assert [(each.parent or each.context).span_id for each in spans.all()[:2]] == [
        spans.one("answer").context.span_id
    ] * 2
    said = {**(spans.all()[0].attributes or {})}
    assert said["gen_ai.input.messages"] == '[{"role":"user","content":"hi0"}]'
    assert (said["gen_ai.request.model"], said["gen_ai.usage.input_tokens"]) == ("gpt-4o-mini", 1200)
    assert spans.said("answer")["gen_ai.agent.name"] == "answer"


async def test_a_cancelled_coroutine_is_an_error(spans: Spans) -> None:
    @steelyard.trace
    async def slow() -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert spans.said()["error.type"] == "CancelledError"


async def test_other_callables_are_traced_too(spans: Spans) -> None:
    class Model:
        async def __call__(self, text: str) -> str:
            return text + "!"

    async def add(a: int, b: int) -> int:
        return a + b

    assert await steelyard.trace("model")(Model())("x") == "x!"
    assert await steelyard.trace("add")(functools.partial(add, 1))(2) == 3
    assert await steelyard.trace("late")(lambda: add(3, 4))() == 7
    assert steelyard.trace("len")(len)("abc") == 3
    assert spans.names() == ["model", "add", "late", "len"]
    assert spans.said("late")["output.value"] == "7"


def test_threads_carry_the_trace_where_they_are_told_to(spans: Spans) -> None:
    @steelyard.trace
    def work(number: int) -> int:
        return number + 1

    with steelyard.trace("all"), ThreadPoolExecutor(3) as pool:
        assert list(pool.map(with_context(work), range(5))) == [1, 2, 3, 4, 5]
        pool.submit(work, 9).result()
    root = spans.one("all").context
    assert root is not None
    parents = [span.parent.span_id if span.parent else None for span in spans.all() if span.name != "all"]
    assert parents == [*[root.span_id] * 5, None]


def test_what_a_side_records_can_be_chosen(spans: Spans) -> None:
    @steelyard.trace("off", inputs=False, outputs=False)
    def off(text: str) -> str:
        return text

    @steelyard.trace("part", inputs=lambda given: given["text"][:2], outputs=len)
    def part(text: str) -> str:
        return text

    @steelyard.trace("broken", outputs=lambda answer: answer.nothing)
    def broken(text: str) -> str:
        return text

    assert [each("secret") for each in (off, part, broken)] == ["secret"] * 3
    assert spans.said("off") == {"openinference.span.kind": "CHAIN"}
    assert (spans.said("part")["input.value"], spans.said("part")["output.value"]) == ("se", "6")
    assert spans.said("broken")["output.value"] == "<not recorded: AttributeError>"


def test_types_stay_what_they_were(spans: Spans) -> None:
    @steelyard.trace
    def double(number: int, *, by: int = 2) -> int:
        return number * by

    @steelyard.trace("late", kind="tool")
    async def late(text: str) -> list[str]:
        return [text]

    same: Callable[[int], int] = double
    assert_type(same(1), int)
    assert_type(double(1, by=3), int)
    waiting: Coroutine[Any, Any, list[str]] = late("x")
    assert asyncio.run(waiting) == ["x"]


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(UsageError, match="'Bot' is no function"):

        @steelyard.trace
        class Bot:
            pass

    with pytest.raises(UsageError, match="'int' is no function"):
        steelyard.trace("x")(7)  # type: ignore[type-var]
    with pytest.raises(UsageError, match="'shoe' is no kind of step"):
        steelyard.trace("x", kind="shoe")  # type: ignore[call-overload]


def test_a_function_that_raises_stop_iteration_still_does(spans: Spans) -> None:
    @steelyard.trace
    def last() -> None:
        raise StopIteration("done")

    with pytest.raises(StopIteration, match="done"):
        last()
    assert spans.said()["error.type"] == "StopIteration"
