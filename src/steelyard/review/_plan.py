"""How many labels a judge needs, and which outputs experts should see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.core import Clock, StatisticsError, UsageError
from steelyard.review._calibrate import choose_judge
from steelyard.review._import import ReviewStores, check_study_name
from steelyard.review._labelled import scored_table
from steelyard.review._record import DrawnItem, Study
from steelyard.runs import STATE_SCORED, RunRecord, effective_spec
from steelyard.stats.judging import (
    DrawnLabels,
    JudgeEvidence,
    Key,
    LabelPlan,
    VerdictStratum,
    draw_labels,
    plan_labels,
)

GUESSED_LABELS = 10
"""Labels a stratum is taken to have where nobody has labelled it: enough to plan by, too few to believe."""
_GUESSED_ERROR = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """What is to be found out, and how exactly."""

    run: RunRecord
    """The run that was judged."""
    metric: str | None = None
    """The judge's metric; None: the run's only judge."""
    width: float = 0.1
    """Wanted width of the corrected headline's interval, as a share: 0.1 is ± 5 points."""
    seed: int = 0
    """Seed of the draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A plan with the outputs it drew."""

    metric: str
    """The judge's metric."""
    plan: LabelPlan
    """How many labels, and what to expect."""
    items: Sequence[DrawnItem]
    """Which outputs, with the probability that each had."""
    from_labels: bool
    """Whether the plan rests on labels; otherwise on a judge that is wrong in 15 % of cases."""


def plan_study(request: DrawRequest, *, store: ReviewStores, evidence: JudgeEvidence | None = None) -> Drawn:
    """Labels for a width, drawn at random by the judge's verdict, every output with a chance of .05 or more.

    A graded judge is stratified at its median. With labels of this run already (`evidence`), the plan rests
    on them. Raises StatisticsError where the run is too small for the width.
    """
    run = request.run
    spec = choose_judge(run, request.metric)
    table = scored_table(run, spec.key, store)
    scored = np.flatnonzero(table.states == STATE_SCORED).tolist()
    if not scored:
        raise StatisticsError(f"{spec.key} scored nothing", where=run.id, hint="Score the run first")
    scores = table.values[scored]
    middle = 0.5 if effective_spec(table).scale == "binary" else float(np.median(scores))
    verdicts = ["1" if score >= middle else "0" for score in scores.tolist()]
    keys = [(table.case_ids[row], int(table.epochs[row])) for row in scored]
    pilot = _pilot(verdicts, keys, evidence)
    plan = plan_labels(pilot, target_width=request.width, cost_label=1.0, cost_call=0.0, items=len(scored))
    drawn: DrawnLabels = draw_labels(verdicts, plan.allocation, seed=request.seed)
    items = [
        DrawnItem(run=run.id, item=keys[place][0], epoch=keys[place][1], inclusion=chance)
        for place, chance in zip(drawn.items.tolist(), drawn.inclusion.tolist(), strict=True)
    ]
    known = evidence is not None and bool(evidence.labels)
    return Drawn(metric=spec.key, plan=plan, items=items, from_labels=known)


def keep_draw(drawn: Drawn, name: str, *, run: RunRecord, store: ReviewStores, clock: Clock) -> Study:
    """Make the study that the sheet's ratings will come back to; its probabilities never leave the store."""
    check_study_name(name)
    if any(item.name == name for item in store.studies()):
        raise UsageError(
            "there is a study of that name", where=name, hint="Give the draw a name of its own: --name NAME"
        )
    study = Study(name=name, created=clock.now(), runs=(run.id,))
    store.save_study(study, drawn=drawn.items)
    return study


def _pilot(
    verdicts: Sequence[str], keys: Sequence[Key], evidence: JudgeEvidence | None
) -> list[VerdictStratum]:
    """What is known of each verdict: labels, or a guess."""
    found = []
    for verdict in sorted(set(verdicts)):
        places = [place for place, said in enumerate(verdicts) if said == verdict]
        labels = [
            value
            for place in places
            if evidence is not None and (value := evidence.labels.get(keys[place])) is not None
        ]
        usable = [value for value in labels if 0.0 <= value <= 1.0]
        guess = 1.0 - _GUESSED_ERROR if verdict == "1" else _GUESSED_ERROR
        found.append(
            VerdictStratum(
                verdict=verdict,
                items=len(places),
                labels=len(usable) or GUESSED_LABELS,
                share=len(places) / len(verdicts),
                mean=float(np.mean(usable)) if usable else guess,
            )
        )
    return found
