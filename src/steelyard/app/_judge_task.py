"""From a judge's table to what it asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from steelyard.app._judge_table import JudgeTable
from steelyard.app._project import Project
from steelyard.core import Case, ConfigError, Json, NotFoundError, Output, Rubric, UsageError
from steelyard.metrics.judge import (
    Checklist,
    Classification,
    Direct,
    Label,
    Opponent,
    Pairwise,
    Reference,
    Showing,
    Task,
    load_rubric,
)
from steelyard.store import Store


def make_task(project: Project, table: JudgeTable, *, store: Store | None) -> Task:
    """What is asked; raises ConfigError or UsageError where the table does not say enough."""
    rubric = _rubric(project, table)
    showing = Showing(
        reference=table.uses_expected
        or table.mode == "reference"
        or (rubric is not None and rubric.uses_expected),
        context=table.uses_context or (rubric is not None and rubric.uses_context),
        most_characters=table.max_characters,
        trajectory=table.trajectory,
    )
    named: dict[str, Json] = {"rubric": rubric.name, "rubric_hash": rubric.hash} if rubric else {}
    if table.mode == "reference":
        return Reference(showing=showing)
    if table.mode == "classification":
        return Classification(
            question=_needed(table.question, "question", table),
            labels=_labels(table),
            showing=showing,
            settings_=named,
        )
    if table.mode == "checklist":
        return _checklist(table, rubric, showing=showing, named=named)
    if table.mode == "pairwise":
        run, opponent = _opponent(table, store)
        return Pairwise(rubric=rubric, opponent=opponent, against=run, showing=showing)
    if rubric is None:
        raise ConfigError(
            "a judge that scores directly needs a rubric",
            where=table.where,
            hint='Write rubric = "helpfulness", or a file of your own',
        )
    return Direct(rubric=rubric, showing=showing, one_by_one=table.one_by_one)


def without_opponent(project: Project, table: JudgeTable) -> Task:
    """The pairwise form of a judge, for trying it: whoever tries it brings both answers."""
    rubric = _rubric(project, table)
    return Pairwise(
        rubric=rubric, opponent=_nobody, against="", showing=Showing(most_characters=table.max_characters)
    )


def _nobody(_case: Case, _output: Output) -> Output | None:
    return None


def _rubric(project: Project, table: JudgeTable) -> Rubric | None:
    if not table.rubric:
        return None
    rubric = load_rubric(table.rubric, folder=project.folder, where=table.where)
    if not table.criteria:
        return rubric
    names = [item.name for item in rubric.criteria]
    unknown = [name for name in table.criteria if name not in names]
    if unknown:
        raise NotFoundError(
            f"rubric {rubric.name} has no criterion '{unknown[0]}'",
            where=table.where,
            hint=f"It has: {', '.join(names)}",
        )
    return replace(rubric, criteria=tuple(item for item in rubric.criteria if item.name in table.criteria))


def _checklist(
    table: JudgeTable, rubric: Rubric | None, *, showing: Showing, named: Mapping[str, Json]
) -> Checklist:
    questions, weights = table.questions, (1.0,) * len(table.questions)
    if not questions and rubric is not None:
        questions = tuple(item.question for item in rubric.criteria)
        weights = tuple(item.weight for item in rubric.criteria)
    return Checklist(questions=questions, weights=weights, showing=showing, settings_=named)


def _labels(table: JudgeTable) -> tuple[Label, ...]:
    labels = []
    for name, row in table.labels.items():
        value = row.get("value") if isinstance(row, Mapping) else row
        meaning = row.get("meaning", "") if isinstance(row, Mapping) else ""
        if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(meaning, str):
            raise ConfigError(
                f"label '{name}' needs a value",
                where=table.where,
                hint='Write labels = {refused = 0, helped = 1}, or {value = 1, meaning = "…"} for each',
            )
        labels.append(Label(name=name, value=float(value), meaning=meaning))
    if len({label.value for label in labels}) < 2:
        raise ConfigError(
            "a classification needs labels with at least two values",
            where=table.where,
            hint="Write labels = {refused = 0, helped = 1}",
        )
    return tuple(labels)


def _opponent(table: JudgeTable, store: Store | None) -> tuple[str, Opponent]:
    """The run whose answers these are held against, and how they are looked up: by the case's hash."""
    against = _needed(table.against, "against", table)
    if store is None:
        raise UsageError("a pairwise judge needs a stored run", where=table.where)
    released = {release.name: release.run for release in store.releases()}
    run = store.get_run(released.get(against, against))
    answers: dict[str, list[Output]] = {}
    for sample in store.samples(run.id):
        answers.setdefault(sample.case.hash, []).append(sample.output)

    def opponent(case: Case, output: Output) -> Output | None:
        found = answers.get(case.hash)
        return found[_place(output, found)] if found else None

    return run.id, opponent


def _place(output: Output, found: Sequence[Output]) -> int:
    """Which repetition of the other run an answer meets: drawn by its hash, the same when scored again."""
    digest = hashlib.sha256(f"opponent:{output.hash}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % len(found)


def _needed(value: str, key: str, table: JudgeTable) -> str:
    if value:
        return value
    what = {"against": "RUN or release", "question": "What is to be decided?"}[key]
    raise ConfigError(
        f"a {table.mode} judge needs '{key}'", where=table.where, hint=f'Write {key} = "{what}"'
    )
