"""Recorded outputs become a run at once: executed like any other, with nothing to call."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from steelyard.bench import ImportedRun
from steelyard.core import Clock, Fault, Json, Output, UsageError, content_hash
from steelyard.metrics import Metric
from steelyard.runs._execute import execute
from steelyard.runs._plan import RunHooks, RunPlan, RunStores
from steelyard.runs._record import RunRecord
from steelyard.targets import Caller, Limits, Request, TargetInfo

_NOT_RECORDED = Output(
    fault=Fault(owner="infrastructure", kind="recorded", message="no output recorded for this case")
)


class _Recording:
    """The target that answers with the outputs of an import."""

    def __init__(self, imported: ImportedRun) -> None:
        self._outputs = imported.outputs
        settings: dict[str, Json] = {
            **imported.target,
            "outputs": len(imported.outputs),
            "outputs_hash": content_hash(
                sorted([case_id, epoch, output.hash] for (case_id, epoch), output in imported.outputs.items())
            ),
        }
        if imported.started:
            settings["recorded"] = imported.started
        self._info = TargetInfo(
            name=imported.label,
            uri=f"import:{imported.label}",
            settings=settings,
            recorded=True,
            epochs=max(1, imported.epochs),
        )

    @property
    def info(self) -> TargetInfo:
        return self._info

    async def open(self) -> None:
        pass

    async def answer(self, request: Request) -> Output:
        return self._outputs.get((request.case.id, request.epoch), _NOT_RECORDED)

    async def close(self) -> None:
        pass


def import_run(
    imported: ImportedRun,
    plan: RunPlan,
    store: RunStores,
    *,
    metrics: Sequence[Metric],
    clock: Clock,
    rng: random.Random,
    hooks: RunHooks | None = None,
) -> RunRecord:
    """Store recorded outputs as a run, scored by these metrics.

    The plan's version must hold the cases; a case or epoch that the recording lacks is a missing
    sample, never left out of the count. Raises UsageError when nothing was recorded.
    """
    if not imported.outputs:
        raise UsageError("the run holds no recorded output", where=imported.label)
    return execute(
        replace(plan, label=plan.label or imported.label, notes=(*plan.notes, *imported.notes)),
        store,
        caller=Caller(_Recording(imported), Limits(), clock=clock, rng=rng),
        metrics=metrics,
        clock=clock,
        rng=rng,
        hooks=hooks,
    )
