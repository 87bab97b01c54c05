"""A process that starts or resumes the one run of a store: `worker_process.py STORE LOG SLEEP_S`."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from steelyard.bench import resolve_version
from steelyard.core import Output, SystemClock
from steelyard.metrics import make_metric
from steelyard.runs import RunPlan, execute, resume
from steelyard.store import open_store
from steelyard.targets import Caller, Limits, Request, TargetInfo


class SlowTarget:
    """Answers rightly to two of three cases, after a while, and logs every call."""

    info = TargetInfo(name="slow", uri="double:slow")

    def __init__(self, log: Path, sleep_s: float) -> None:
        self._log = log
        self._sleep_s = sleep_s

    async def open(self) -> None:
        pass

    async def answer(self, request: Request) -> Output:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{request.case.id} {request.epoch}\n")
        await asyncio.sleep(self._sleep_s)
        number = int(request.case.id[1:])
        return Output(value=str(number + 1) if number % 3 else "no idea", cost_usd=0.001)

    async def close(self) -> None:
        pass


def main(url: str, log: str, sleep_s: str) -> None:
    clock = SystemClock()
    with open_store(url) as store:
        target = SlowTarget(Path(log), float(sleep_s))
        caller = Caller(target, Limits(adaptive=False), clock=clock, rng=random.Random(1))
        runs = store.list_runs()
        if runs:
            resume(runs[0], store, caller=caller, clock=clock)
            return
        plan = RunPlan(version=resolve_version(store, "sums"), epochs=2, seed=3, connections=8)
        metrics = [make_metric("exact_match"), make_metric("contains")]
        execute(plan, store, caller=caller, metrics=metrics, clock=clock, rng=random.Random())


if __name__ == "__main__":
    main(*sys.argv[1:])
