"""The one way of calling a target: limits, tries, timeouts, caps and cache."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Protocol, Self, runtime_checkable

from steelyard.core import Clock, ConfigError, Fault, Output, TargetError
from steelyard.targets._budget import Budget, Spending
from steelyard.targets._cache import AnswerCache, cache_key, cache_text, cached_output
from steelyard.targets._deadlines import Deadlines
from steelyard.targets._limiter import Limiter
from steelyard.targets._limits import Limits
from steelyard.targets._prices import Price, PriceTable, target_price
from steelyard.targets._protocol import Request, RetryableFault, Target
from steelyard.targets._retry import Retry


@runtime_checkable
class Paced(Protocol):
    """A target that hears from its server how long to pause."""

    def on_rate(self, listener: Callable[[float], None]) -> None:
        """Call the listener with the seconds in which no further call should start."""
        ...


@runtime_checkable
class Narrow(Protocol):
    """A target that can only answer so many requests at once."""

    @property
    def max_concurrency(self) -> int:
        """The most requests it answers at once."""
        ...


class Caller:
    """Calls one target for a whole run, under one set of limits.

    `call` answers with an Output whatever ordinarily goes wrong. Running out of time is a fault of the
    target (kind `timeout`, with the time it took) and not tried again. A lost connection, a refusal
    for lack of capacity or a server error is tried again, and is a fault of the infrastructure when it
    stays. What ends the run is raised: BudgetReached at a cap, TargetError when the target refuses for
    good or `give_up_after` calls in a row were lost.
    """

    def __init__(
        self,
        target: Target,
        limits: Limits,
        *,
        clock: Clock,
        rng: random.Random,
        cache: AnswerCache | None = None,
        prices: PriceTable | None = None,
    ) -> None:
        info = target.info
        self._target = target
        self._limits = limits
        self._clock = clock
        self._rng = rng
        self._cache = cache if info.reusable and not info.recorded else None
        self._recorded = info.recorded
        own_timeout = info.settings.get("timeout")
        timeout = float(own_timeout) if isinstance(own_timeout, int | float) else limits.timeout_s
        self._deadlines = Deadlines(timeout)
        self._price: Price | None = target_price(info, prices)
        if limits.max_cost_usd is not None and self._price is None and info.settings.get("model"):
            raise ConfigError(
                "a cap on money needs a price, and this model has none",
                where=info.name,
                hint="Add to the target: price = {input = …, output = …} (US dollars per million tokens)",
            )
        ceiling = limits.max_connections
        if isinstance(target, Narrow):
            ceiling = min(ceiling, target.max_concurrency)
        careful = limits.max_cost_usd is not None or limits.max_tokens is not None
        self._limiter = Limiter(ceiling, adaptive=limits.adaptive, careful=careful)
        if isinstance(target, Paced):
            target.on_rate(self._pause)
        self._budget = Budget(limits, clock=clock)
        self._answered = False
        self._lost = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def target(self) -> Target:
        """The target that is called."""
        return self._target

    @property
    def limiter(self) -> Limiter:
        """How many calls may be, and are, under way."""
        return self._limiter

    @property
    def spending(self) -> Spending:
        """What calls have used so far."""
        return self._budget.spending

    def stop(self) -> None:
        """Let no further call start: calls that wait for their turn raise Stopped, others are answered."""
        self._limiter.stop()

    async def open(self) -> None:
        """Open the target; raises TargetError within five seconds when it cannot be reached."""
        await self._target.open()

    async def close(self) -> None:
        """Close the target."""
        await self._target.close()

    async def call(self, request: Request) -> Output:
        """The answer to a request; see the class for what is a fault and what is raised."""
        if self._recorded:
            return await self._target.answer(request)
        if self._cache is None:
            return await self._fresh(request)
        key = cache_key(self._target, request)
        text = self._cache.get(key)
        found = cached_output(text) if text is not None else None
        if found is not None:
            return found
        output = await self._fresh(request)
        if output.fault is None:
            self._cache.put(key, cache_text(output))
        return output

    async def _fresh(self, request: Request) -> Output:
        limiter = self._limiter
        retry: Retry | None = None
        attempts = 0
        while True:
            if not limiter.try_acquire():
                await limiter.acquire(again=attempts > 0)
            cuts = limiter.cuts
            attempts += 1
            try:
                self._budget.start(under_way=limiter.in_flight - 1)
                output = await self._once(request)
                limiter.succeeded()
                return self._settled(output, attempts)
            except RetryableFault as fault:
                retry = retry or Retry(self._limits, rng=self._rng)
                delay = retry.delay(fault)
                if fault.throttled:
                    limiter.throttled(sent_after_cut=cuts)
                    self._pause(fault.retry_after_s or 0.0)
                if delay is None:
                    return self._gave_up(fault, attempts)
            finally:
                limiter.release()
            await self._sleep(delay)

    async def _once(self, request: Request) -> Output:
        started = self._clock.monotonic()
        try:
            with self._deadlines.start():
                return await self._target.answer(request)
        except TimeoutError:
            message = f"no answer within {self._deadlines.seconds:g} s"
            fault = Fault(owner="target", kind="timeout", message=message)
            return Output(fault=fault, latency_s=self._clock.monotonic() - started)

    def _settled(self, output: Output, attempts: int) -> Output:
        cost = output.cost_usd
        if cost is None and self._price is not None:
            cost = self._price.cost(output.usage)
        if attempts > 1 or cost is not output.cost_usd:
            output = dataclasses.replace(output, attempts=attempts, cost_usd=cost)
        self._budget.add(output)
        if output.fault is not None and output.fault.kind == "rejected" and not self._answered:
            self._count_lost(output.fault)
        else:
            self._answered = True
            self._lost = 0
        return output

    def _gave_up(self, fault: RetryableFault, attempts: int) -> Output:
        lost = Fault(owner="infrastructure", kind=fault.kind, message=fault.message)
        self._count_lost(lost)
        return Output(fault=lost, attempts=attempts)

    def _count_lost(self, fault: Fault) -> None:
        """Give up on a target that is gone: going on would only turn every sample into a missing one."""
        self._lost += 1
        if self._lost >= self._limits.give_up_after:
            when = "in a row failed" if self._answered else "failed, none was answered"
            raise TargetError(
                f"the target is lost: {self._lost} calls {when}; the last one: {fault.message}",
                where=self._target.info.name,
                hint="What was answered is kept; resume the run when the target works",
            )

    def _pause(self, seconds: float) -> None:
        self._limiter.pause(self._within_budget(min(seconds, self._limits.max_wait_s)))

    async def _sleep(self, seconds: float) -> None:
        await self._limiter.sleep(self._within_budget(seconds))

    def _within_budget(self, seconds: float) -> float:
        left = self._budget.seconds_left()
        return seconds if left is None else min(seconds, left)
