"""Ratings from a file into a study, all or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from steelyard.bench import Problems, plain_rows
from steelyard.core import Clock, Json, NotFoundError, Rating, Rubric, UsageError
from steelyard.review._mqm import MqmNotes, mqm_rows
from steelyard.review._record import DrawnItem, Study
from steelyard.review._rows import Binding, read_rows
from steelyard.review._store import StudyStore
from steelyard.runs import RunRecord, RunStore, SampleStore

RatingFormat = Literal["auto", "mqm"]

_NAME = re.compile(r"\w[\w.-]{0,99}")


class ReviewStores(StudyStore, RunStore, SampleStore, Protocol):
    """What review needs of a store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSource:
    """Where ratings come from and what they are bound to."""

    path: Path
    """The file."""
    run: RunRecord | None = None
    """The run whose outputs were judged; None: the study stays unbound."""
    rubric: Rubric | None = None
    """What raters were asked; None: the study's own, if it has one."""
    format: RatingFormat = "auto"
    """`mqm` for error spans; otherwise the columns of the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import added."""

    study: Study
    """The study as it is now."""
    added: int
    """New ratings."""
    rerated: int
    """Ratings among them that take the place of earlier ones."""
    items: int
    """Items rated in this file."""
    raters: tuple[str, ...]
    """Raters in this file."""
    criteria: tuple[str, ...]
    """Criteria in this file."""
    notes: tuple[str, ...]
    """What was left out, and why."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "study": self.study.name,
            "bound": self.study.is_bound,
            "runs": list(self.study.runs),
            "added": self.added,
            "rerated": self.rerated,
            "items": self.items,
            "raters": list(self.raters),
            "criteria": list(self.criteria),
            "rubric": self.study.rubric.hash if self.study.rubric else None,
            "notes": list(self.notes),
        }


def import_ratings(source: RatingSource, name: str, *, store: ReviewStores, clock: Clock) -> Imported:
    """Add a file's ratings to the study of that name, which is made where it does not exist.

    A rating of what the same rater rated before is a re-rating: it counts, the earlier one stays as history.
    Raises InputError that lists every bad row, and then nothing was imported; UsageError when a study would
    be bound to a run in part only, or to another rubric.
    """
    check_study_name(name)
    known = _known(store, name)
    study = known or Study(name=name, created=clock.now(), rubric=source.rubric)
    before, drawn = store.ratings(name) if known else ([], [])
    if (before or drawn) and study.is_bound != (source.run is not None):
        bound = "bound to a run" if study.is_bound else "unbound"
        raise UsageError(
            f"the study is {bound}, and these ratings are not" if study.is_bound else f"the study is {bound}",
            where=name,
            hint="Say whose outputs were judged: --run RUN"
            if study.is_bound
            else "Give these ratings a study of their own: --name NAME",
        )
    binding = _binding(source, study, drawn, store=store, clock=clock)
    problems = Problems(source.path)
    rows = plain_rows(source.path, problems)
    mqm = MqmNotes()
    found = read_rows(mqm_rows(rows, problems, mqm) if source.format == "mqm" else rows, binding, problems)
    problems.raise_if_any()
    if source.run is not None and source.run.id not in study.runs:
        study = replace(study, runs=(*study.runs, source.run.id))
    study = replace(study, rubric=binding.rubric)
    store.save_study(study, ratings=found.ratings)
    earlier = {_key(row.run, row.rating) for row in before}
    notes = []
    if mqm.controls:
        notes.append(f"{mqm.controls:,} rows of control items (HOTW-test) count no points.")
    if found.empty:
        rows_say = "row has" if found.empty == 1 else "rows have"
        notes.append(f"{found.empty:,} {rows_say} no value and count as not rated.")
    said = [row.rating for row in found.ratings]
    notes += _mixed(said)
    return Imported(
        study=study,
        added=len(said),
        rerated=sum(_key(row.run, row.rating) in earlier for row in found.ratings),
        items=len({(rating.item, rating.epoch) for rating in said}),
        raters=tuple(sorted({rating.rater for rating in said})),
        criteria=tuple(sorted({rating.criterion for rating in said})),
        notes=tuple(notes),
    )


def check_study_name(name: str) -> None:
    """Raise UsageError unless `name` can name a study."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name[:120]}' cannot name a study",
            where="--name",
            hint="Use at most 100 letters, digits, '.', '_', '-', and begin with a letter or digit",
        )


def output_hashes(run: RunRecord, samples: SampleStore) -> dict[tuple[str, int], str]:
    """Hash of every stored output of a run, by case id and epoch."""
    table = samples.score_table(run.id, run.metrics[0].key)
    keys = zip(table.case_ids, table.epochs.tolist(), strict=True)
    return dict(zip(keys, table.output_hashes, strict=True))


def _known(store: StudyStore, name: str) -> Study | None:
    try:
        return store.get_study(name)
    except NotFoundError:
        return None


def _binding(
    source: RatingSource, study: Study, drawn: list[DrawnItem], *, store: ReviewStores, clock: Clock
) -> Binding:
    if source.rubric and study.rubric and source.rubric.hash != study.rubric.hash:
        raise UsageError(
            f"the study is bound to another version of the rubric ({study.rubric.name}, "
            f"{study.rubric.hash[:12]})",
            where=study.name,
            hint="Give ratings by another rubric a study of their own: --name NAME",
        )
    run = source.run.id if source.run else ""
    own = {(item.item, item.epoch): item for item in drawn if item.run == run}
    return Binding(
        run=run,
        outputs=output_hashes(source.run, store) if source.run else None,
        rubric=source.rubric or study.rubric,
        drawn=own or None,
        now=clock.now(),
    )


def _mixed(said: Sequence[Rating]) -> Iterable[str]:
    """What criteria with numbers and words among them will be taken for: a decimal comma is easily missed."""
    for name in sorted({rating.criterion for rating in said}):
        values = [rating.value for rating in said if rating.criterion == name]
        words = [value for value in values if isinstance(value, str)]
        if 0 < len(words) < len(values):
            yield (
                f"{name}: {len(words):,} of {len(values):,} values are words among numbers, such as "
                f"'{words[0]:.40}': all count as named categories. Write numbers with a point."
            )


def _key(run: str, rating: object) -> tuple[object, ...]:
    return (run, *(getattr(rating, name) for name in ("item", "epoch", "rater", "criterion")))
