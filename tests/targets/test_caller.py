from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest
from aiohttp import web

from steelyard.core import Case, ConfigError, Fault, Output, SystemClock, TargetError, Usage
from steelyard.targets import (
    BudgetReached,
    Caller,
    Limits,
    PriceTable,
    Request,
    RetryableFault,
    ScriptedTarget,
    Step,
    Stopped,
)

BUSY = RetryableFault("rate-limit", "slow down", throttled=True)
LOST = RetryableFault("connection", "connection reset")


class MemoryCache:
    """A cache in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.entries.get(key)

    def put(self, key: str, value: str) -> None:
        self.entries[key] = value


async def test_an_answer_comes_back(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({"c1": "yes"})
    opened = []
    async with caller_of(target) as caller:
        opened.append(target.is_open)
        output = await caller.call(ask())
    assert [*opened, target.is_open] == [True, False]
    assert output.value == "yes"
    assert output.attempts == 1
    assert caller.spending.requests == 1


async def test_what_may_pass_is_tried_again(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({"c1": (LOST, BUSY, LOST, "at last")})
    output = await caller_of(target).call(ask())
    assert (output.value, output.attempts) == ("at last", 4)


async def test_what_stays_is_a_fault_of_the_infrastructure(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({"c1": LOST})
    output = await caller_of(target, max_attempts=3).call(ask())
    assert output.fault == Fault(owner="infrastructure", kind="connection", message="connection reset")
    assert output.attempts == 3
    assert len(target.requests) == 3


async def test_throttled_calls_wait_their_turn_instead_of_failing(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({"c1": (*[BUSY] * 12, "in the end")})
    output = await caller_of(target, max_attempts=3, max_backoff_s=0.002).call(ask())
    assert (output.value, output.attempts) == ("in the end", 13)


async def test_running_out_of_time_is_the_targets_failure_and_not_tried_again(
    caller_of: Any, ask: Any
) -> None:
    target = ScriptedTarget({"c1": "late"}, latency_s=5.0)
    started = time.perf_counter()
    output = await caller_of(target, timeout_s=0.05).call(ask())
    assert time.perf_counter() - started < 1
    assert output.fault == Fault(owner="target", kind="timeout", message="no answer within 0.05 s")
    assert output.latency_s >= 0.05
    assert len(target.requests) == 1


async def test_a_targets_own_timeout_wins(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({}, latency_s=5.0, settings={"timeout": 0.05})
    output = await caller_of(target, timeout_s=60).call(ask())
    assert output.fault.kind == "timeout"


async def test_retry_after_holds_for_all_callers(caller_of: Any, ask: Any) -> None:
    wait = RetryableFault("rate-limit", "later", retry_after_s=0.2, throttled=True)
    target = ScriptedTarget({"first": (wait, "one")}, default="two")
    caller = caller_of(target)
    started = time.perf_counter()
    first = asyncio.create_task(caller.call(ask(id="first")))
    await asyncio.sleep(0.02)
    other = await caller.call(ask(id="other"))
    assert time.perf_counter() - started >= 0.18
    assert other.value == "two"
    assert (await first).value == "one"


async def test_an_endless_retry_after_is_not_waited_for(caller_of: Any, ask: Any) -> None:
    wait = RetryableFault("rate-limit", "come back tomorrow", retry_after_s=86_400, throttled=True)
    caller = caller_of(ScriptedTarget({"c1": wait}), max_wait_s=0.01)
    output = await caller.call(ask())
    assert output.fault.owner == "infrastructure"
    assert output.fault.message == "come back tomorrow"


async def test_a_target_that_never_answers_ends_the_run(caller_of: Any, ask: Any) -> None:
    caller = caller_of(ScriptedTarget({}, default=LOST), max_attempts=1, give_up_after=3)
    outputs = [await caller.call(ask(id=str(i))) for i in range(2)]
    assert all(output.fault.owner == "infrastructure" for output in outputs)
    with pytest.raises(
        TargetError, match="3 calls failed, none was answered; the last one: connection reset"
    ):
        await caller.call(ask(id="2"))


async def test_a_target_that_refuses_everything_ends_the_run(caller_of: Any, ask: Any) -> None:
    refused = Fault(owner="target", kind="rejected", message="HTTP 400: unknown field")
    caller = caller_of(ScriptedTarget({}, default=refused), give_up_after=2)
    assert (await caller.call(ask())).fault == refused
    with pytest.raises(TargetError, match="HTTP 400: unknown field"):
        await caller.call(ask(id="c2"))


async def test_a_target_that_dies_midway_ends_the_run_and_single_losses_do_not(
    caller_of: Any, ask: Any
) -> None:
    script: list[Step] = ["ok", LOST, LOST, "ok", LOST, LOST, LOST]
    target = ScriptedTarget(lambda request: script[int(request.case.id)])
    caller = caller_of(target, max_attempts=1, give_up_after=3)
    for index in range(6):
        await caller.call(ask(id=str(index)))
    with pytest.raises(TargetError, match="the target is lost: 3 calls in a row failed"):
        await caller.call(ask(id="6"))


async def test_a_target_error_passes_through(caller_of: Any, ask: Any) -> None:
    caller = caller_of(ScriptedTarget({}, default=TargetError("key refused")))
    with pytest.raises(TargetError, match="key refused"):
        await caller.call(ask())
    assert caller.limiter.in_flight == 0


async def test_the_cap_on_requests_is_never_passed(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({}, default="x", latency_s=0.001)
    caller = caller_of(target, max_requests=5)
    results = await asyncio.gather(*(caller.call(ask(id=str(i))) for i in range(20)), return_exceptions=True)
    reached = [result for result in results if isinstance(result, BudgetReached)]
    assert len(target.requests) == 5
    assert len(reached) == 15
    assert (reached[0].cap, reached[0].limit) == ("max_requests", 5)
    assert caller.limiter.in_flight == 0


async def test_tries_count_as_requests(caller_of: Any, ask: Any) -> None:
    caller = caller_of(ScriptedTarget({}, default=LOST), max_requests=2)
    with pytest.raises(BudgetReached, match="max_requests reached: 2 of 2"):
        await caller.call(ask())


async def test_the_cap_on_money_is_met_and_hardly_passed(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({}, default=Output(value="x", cost_usd=0.01), latency_s=0.002)
    caller = caller_of(target, max_cost_usd=0.5, max_connections=8)
    results = await asyncio.gather(*(caller.call(ask(id=str(i))) for i in range(100)), return_exceptions=True)
    assert sum(isinstance(result, Output) for result in results) == 50
    assert caller.spending.cost_usd == pytest.approx(0.5)


async def test_a_cap_smaller_than_one_answer_is_passed_by_one_only(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({}, default=Output(value="x", cost_usd=0.01), latency_s=0.002)
    caller = caller_of(target, max_cost_usd=0.001)
    results = await asyncio.gather(*(caller.call(ask(id=str(i))) for i in range(20)), return_exceptions=True)
    assert sum(isinstance(result, Output) for result in results) == 1


async def test_the_cap_on_tokens(caller_of: Any, ask: Any) -> None:
    usage = Usage(input_tokens=60, output_tokens=40)
    caller = caller_of(ScriptedTarget({}, default=Output(value="x", usage=usage)), max_tokens=250)
    await caller.call(ask())
    await caller.call(ask())
    with pytest.raises(BudgetReached, match="max_tokens reached: 200 of 250"):
        await caller.call(ask())


async def test_the_cap_on_time_cuts_waiting_short(caller_of: Any, ask: Any) -> None:
    wait = RetryableFault("rate-limit", "later", retry_after_s=200, throttled=True)
    caller = caller_of(ScriptedTarget({}, default=wait), max_seconds=0.1)
    started = time.perf_counter()
    results = await asyncio.gather(*(caller.call(ask(id=str(i))) for i in range(3)), return_exceptions=True)
    assert time.perf_counter() - started < 2
    assert all(isinstance(result, BudgetReached) for result in results)


async def test_a_cap_on_money_needs_a_price() -> None:
    target = ScriptedTarget({}, settings={"model": "home-made"})
    with pytest.raises(ConfigError, match="a cap on money needs a price"):
        Caller(target, Limits(max_cost_usd=1), clock=SystemClock(), rng=random.Random(1))


async def test_cost_comes_from_the_price(ask: Any) -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=100_000, cached_tokens=400_000)
    price = {"input": 2.0, "output": 10.0, "cached": 0.5}
    answer = Output(value="x", usage=usage)
    target = ScriptedTarget({}, default=answer, settings={"price": price})
    table = PriceTable(version="", note="", prices={})
    caller = Caller(target, Limits(), clock=SystemClock(), rng=random.Random(1), prices=table)
    # .6 M fresh at 2, .4 M cached at .5, .1 M written at 10
    assert (await caller.call(ask())).cost_usd == pytest.approx(1.2 + 0.2 + 1.0)


class TestCache:
    async def test_a_second_call_is_answered_from_the_cache(self, caller_of: Any, ask: Any) -> None:
        answer = Output(value="x", cost_usd=0.25, latency_s=1.5, detail={"model": "m"})
        target = ScriptedTarget({}, default=answer)
        cache = MemoryCache()
        first = await caller_of(target, cache=cache).call(ask())
        caller = caller_of(target, cache=cache)
        second = await caller.call(ask())
        assert len(target.requests) == 1
        assert (first.cached, second.cached) == (False, True)
        assert (second.value, second.cost_usd, second.latency_s) == ("x", 0.0, 1.5)
        assert second.detail == {"model": "m", "original_cost_usd": 0.25}
        assert second.hash == first.hash
        assert caller.spending.requests == 0

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"epoch": 1}, {"epoch": 2}),
            ({"seed": 1}, {"seed": 2}),
            ({"text": "a"}, {"text": "b"}),
            ({"context": ("d",)}, {"context": ()}),
            ({"messages": [{"role": "user", "content": "a"}]}, {}),
            ({"metadata": {"tier": 1}}, {"metadata": {"tier": 2}}),
        ],
    )
    async def test_whatever_may_change_the_answer_is_in_the_key(
        self, caller_of: Any, ask: Any, one: dict[str, Any], other: dict[str, Any]
    ) -> None:
        target = ScriptedTarget({}, default="x")
        caller = caller_of(target, cache=MemoryCache())
        assert not (await caller.call(ask(**one))).cached
        assert not (await caller.call(ask(**other))).cached
        assert (await caller.call(ask(**one))).cached

    async def test_settings_of_the_target_are_in_the_key(self, caller_of: Any, ask: Any) -> None:
        cache = MemoryCache()
        for temperature in (0, 1):
            target = ScriptedTarget({}, default="x", settings={"temperature": temperature})
            assert not (await caller_of(target, cache=cache).call(ask())).cached

    async def test_name_price_and_timeout_are_not(
        self, caller_of: Any, ask: Any, resolve: Any, serve: Any
    ) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            return web.json_response("x")

        server = await serve(handler)
        cache = MemoryCache()
        cached = []
        for name, settings in [("a", {}), ("b", {"price": {"input": 1, "output": 1}, "timeout": 9})]:
            target = resolve(f"http:{server.url}", name=name, settings=settings)
            async with caller_of(target, cache=cache) as caller:
                cached.append((await caller.call(ask())).cached)
        assert cached == [False, True]

    async def test_only_good_answers_are_kept(self, caller_of: Any, ask: Any) -> None:
        fault = Fault(owner="target", kind="invalid", message="broken")
        target = ScriptedTarget({"c1": (fault, "good")})
        caller = caller_of(target, cache=MemoryCache())
        assert (await caller.call(ask())).fault == fault
        assert (await caller.call(ask())).value == "good"

    @pytest.mark.parametrize("damage", ["", "{", "[]", '{"output": "x", "latency_s": "fast"}'])
    async def test_a_damaged_entry_is_asked_for_again(self, caller_of: Any, ask: Any, damage: str) -> None:
        cache = MemoryCache()
        target = ScriptedTarget({}, default="x")
        caller = caller_of(target, cache=cache)
        await caller.call(ask())
        cache.entries = dict.fromkeys(cache.entries, damage)
        output = await caller.call(ask())
        assert (output.value, output.cached) == ("x", False)
        assert len(target.requests) == 2

    async def test_python_targets_are_never_cached(self, caller_of: Any, ask: Any, resolve: Any) -> None:
        cache = MemoryCache()
        caller = caller_of(resolve("python:json:dumps"), cache=cache)
        await caller.call(ask())
        assert not (await caller.call(ask())).cached
        assert cache.entries == {}
        await caller.close()

    async def test_labels_and_prompt_files_of_a_real_target(
        self, caller_of: Any, ask: Any, resolve: Any, serve: Any, chat: Any
    ) -> None:
        """What is sent decides: a new slice label is a hit, a new prompt, header or address is not."""

        async def handler(request: web.Request) -> web.StreamResponse:
            return web.json_response(chat())

        server = await serve(handler)
        cache = MemoryCache()

        async def is_cached(request: Request, path: str = "/v1", **settings: Any) -> bool:
            base = {"base_url": server.url + path, "system": "Be brief."}
            target = resolve("openai:m", settings={**base, **settings})
            async with caller_of(target, cache=cache) as caller:
                cached: bool = (await caller.call(request)).cached
                return cached

        assert not await is_cached(ask("q"))
        assert await is_cached(ask("q", slices={"tier": "gold"}, expected="42"))
        assert not await is_cached(ask("q"), system="Be long.")
        assert not await is_cached(ask("q"), headers={"X-Variant": "b"})
        assert not await is_cached(ask("q"), path="/v2")
        assert not await is_cached(ask("q2"))
        assert await is_cached(ask("q"), api_key="another-key")


async def test_concurrency_adapts_to_a_server_with_a_ceiling(
    serve: Any, resolve: Any, ask: Any, chat: Any, caller_of: Any
) -> None:
    """A server that refuses more than 8 at once: everything is answered, and the level found."""
    under_way = refused = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal under_way, refused
        if request.method == "GET":
            return web.json_response({})
        if under_way >= 8:
            refused += 1
            return web.json_response({"error": {"message": "busy"}}, status=429)
        under_way += 1
        await asyncio.sleep(0.005)
        under_way -= 1
        return web.json_response(chat())

    server = await serve(handler)
    target = resolve(f"openai:m?base_url={server.url}/v1")
    async with caller_of(target, max_connections=64, backoff_s=0.005) as caller:
        outputs = await asyncio.gather(*(caller.call(ask(id=str(i))) for i in range(400)))
        assert caller.limiter.limit <= 16
    assert all(output.value == "42" for output in outputs)
    assert refused < 200


async def test_rate_headers_hold_the_next_calls_back(
    serve: Any, resolve: Any, ask: Any, chat: Any, caller_of: Any
) -> None:
    times: list[float] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        times.append(time.perf_counter())
        headers = {
            "x-ratelimit-limit-requests": "10",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "1s",
        }
        return web.json_response(chat(), headers=headers)

    server = await serve(handler)
    async with caller_of(resolve(f"openai:m?base_url={server.url}/v1")) as caller:
        for index in range(3):
            await caller.call(ask(id=str(index)))
    # A limit of 10 that is full again in 1 s refills one call in 0.1 s.
    assert 0.09 < times[1] - times[0] < 0.3
    assert 0.09 < times[2] - times[1] < 0.3


async def test_a_cancelled_call_gives_its_place_back(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({}, default="x", latency_s=0.2)
    caller = caller_of(target, max_connections=1)
    tasks = [asyncio.create_task(caller.call(ask(id=str(i)))) for i in range(3)]
    await asyncio.sleep(0.01)
    for task in tasks[:2]:
        task.cancel()
    assert (await tasks[2]).value == "x"
    assert caller.limiter.in_flight == 0
    assert target.most_in_flight == 1


async def test_limits_are_checked() -> None:
    with pytest.raises(Exception, match="max_connections must be above 0, not 0"):
        Limits(max_connections=0)
    with pytest.raises(Exception, match="max_seconds must be above 0"):
        Limits(max_seconds=-1)
    assert Limits(max_cost_usd=0).max_cost_usd == 0


async def test_recorded_answers_pass_without_limits(tmp_path: Any, resolve: Any, caller_of: Any) -> None:
    (tmp_path / "r.jsonl").write_text('{"id": "a", "output": "1"}\n')
    async with caller_of(resolve("replay:r.jsonl"), max_requests=1) as caller:
        for _ in range(3):
            assert (await caller.call(Request(case=Case(id="a", input="x")))).value == "1"


async def test_stopping_answers_what_is_under_way_and_nothing_more(caller_of: Any, ask: Any) -> None:
    target = ScriptedTarget({"retry": LOST}, default="x", latency_s=0.02)
    caller = caller_of(target, max_connections=2, backoff_s=60, max_backoff_s=60)
    names = ["retry", "one", "two", "three", "four"]
    tasks = [asyncio.create_task(caller.call(ask(id=name))) for name in names]
    await asyncio.sleep(0.03)
    caller.stop()
    started = time.perf_counter()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert time.perf_counter() - started < 5
    assert isinstance(results[0], Stopped)
    assert [getattr(result, "value", None) for result in results[1:3]] == ["x", "x"]
    assert isinstance(results[4], Stopped)
    assert caller.limiter.in_flight == 0
