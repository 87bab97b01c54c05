"""Hard caps on what a run may spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from steelyard.core import Clock, Output
from steelyard.targets._limits import Limits

_ROUNDING = 1 + 1e-9
Cap = Literal["max_cost_usd", "max_tokens", "max_seconds", "max_requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What calls have used so far in this sitting."""

    requests: int
    """Calls sent, tries included."""
    tokens: int
    """Tokens read and written, as far as they were reported."""
    cost_usd: float
    """US dollars, as far as prices are known."""
    seconds: float
    """Wall-clock seconds since the first call."""


class BudgetReached(Exception):  # noqa: N818 - a signal that ends a run cleanly, no error
    """A cap leaves no room for another call: stop, keep what is there, resume when the cap is raised."""

    def __init__(self, cap: Cap, *, limit: float, spent: float) -> None:
        super().__init__(f"{cap} reached: {spent:g} of {limit:g}")
        self.cap = cap
        self.limit = limit
        self.spent = spent


class Budget:
    """Counts what calls use and refuses the one that would pass a cap.

    Calls under way are reckoned at the mean of those that came back, so that a cap on money or tokens
    is met, and passed at most by how much single answers differ from that mean.
    """

    def __init__(self, limits: Limits, *, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._started: float | None = None
        self._requests = 0
        self._answered = 0
        self._tokens = 0
        self._cost = 0.0
        self.capped = any(
            cap is not None
            for cap in (limits.max_cost_usd, limits.max_tokens, limits.max_seconds, limits.max_requests)
        )

    @property
    def spending(self) -> Spending:
        """What was used so far."""
        return Spending(
            requests=self._requests, tokens=self._tokens, cost_usd=self._cost, seconds=self._elapsed()
        )

    def start(self, *, under_way: int) -> None:
        """Count a call to be sent beside `under_way` others; raises BudgetReached if it would pass a cap."""
        if self._started is None:
            self._started = self._clock.monotonic()
        if self.capped:
            self._check(under_way)
        self._requests += 1

    def add(self, output: Output) -> None:
        """Count what an answer used."""
        self._answered += 1
        usage = output.usage
        self._tokens += (usage.input_tokens or 0) + (usage.output_tokens or 0)
        self._cost += output.cost_usd or 0.0

    def seconds_left(self) -> float | None:
        """Seconds until the cap on time; None without one."""
        if self._limits.max_seconds is None:
            return None
        return max(0.0, self._limits.max_seconds - self._elapsed())

    def _elapsed(self) -> float:
        return 0.0 if self._started is None else self._clock.monotonic() - self._started

    def _check(self, under_way: int) -> None:
        limits = self._limits
        if limits.max_requests is not None and self._requests >= limits.max_requests:
            raise BudgetReached("max_requests", limit=limits.max_requests, spent=self._requests)
        if limits.max_seconds is not None and self._elapsed() >= limits.max_seconds:
            raise BudgetReached("max_seconds", limit=limits.max_seconds, spent=self._elapsed())
        if limits.max_cost_usd is not None:
            self._hold("max_cost_usd", limits.max_cost_usd, self._cost, under_way)
        if limits.max_tokens is not None:
            self._hold("max_tokens", limits.max_tokens, self._tokens, under_way)

    def _hold(self, cap: Cap, limit: float, spent: float, under_way: int) -> None:
        mean = spent / self._answered if self._answered else 0.0
        if spent >= limit or (self._answered and spent + mean * (under_way + 1) > limit * _ROUNDING):
            raise BudgetReached(cap, limit=limit, spent=spent)
