"""Studies for people: what stands on the screen, and the JSON beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from steelyard.app._experts import summary_of
from steelyard.core import Json, Rubric
from steelyard.metrics.judge import load_rubric
from steelyard.reports import counted, one_line
from steelyard.review import CriterionAgreement, Drawn, Imported, JudgeCalibration, Study, newest
from steelyard.store import Store

_NAMES = {
    "percent_agreement": "percent agreement",
    "cohen_kappa": "Cohen's κ",
    "fleiss_kappa": "Fleiss' κ",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_alpha": "Krippendorff's α",
    "icc": "intraclass correlation",
    "kendall_w": "Kendall's W",
    "accuracy": "judge agrees with experts",
    "sensitivity": "sensitivity (good answers it accepts)",
    "specificity": "specificity (bad answers it rejects)",
    "positive_predictive": "accepted answers that are good",
    "negative_predictive": "rejected answers that are bad",
}


def read_rubric(text: str, *, folder: Path) -> Rubric:
    """A shipped rubric by name, or a file's; raises ConfigError or InputError."""
    return load_rubric(text, folder=folder, where="--rubric")


def study_line(found: Imported) -> str:
    """What an import did, in a sentence."""
    bound = (
        f"bound to run {found.study.runs[-1]}"
        if found.study.is_bound
        else "unbound: agreement works, no judge can be held against it (import with --run RUN for that)"
    )
    again = f", {found.rerated:,} of them re-ratings" if found.rerated else ""
    return (
        f"{counted(found.added, 'rating')} of {counted(found.items, 'item')} by "
        f"{counted(len(found.raters), 'rater')} joined study {found.study.name}{again}; {bound}."
    )


def study_json(study: Study, store: Store) -> dict[str, Json]:
    """A study's facts."""
    rows, drawn = store.ratings(study.name)
    current = newest(rows)
    rated = {(row.run, row.rating.item, row.rating.epoch) for row in current}
    judges = [item for item in store.calibrations() if item.study == study.name]
    return {
        "name": study.name,
        "bound": study.is_bound,
        "runs": list(study.runs),
        "created": study.created.isoformat(timespec="seconds"),
        "rubric": study.rubric.name if study.rubric else None,
        "ratings": len(current),
        "history": len(rows) - len(current),
        "items": len(rated),
        "raters": len({row.rating.rater for row in current}),
        "criteria": sorted({row.rating.criterion for row in current}),
        "drawn": len(drawn),
        "drawn_rated": sum((item.run, item.item, item.epoch) in rated for item in drawn),
        "calibrations": [
            {"run": item.run, "metric": item.metric, "date": item.date.isoformat(timespec="seconds")}
            for item in judges
        ],
    }


def status_text(found: Mapping[str, Json]) -> str:
    """What a study holds, and what can be done with it, in sentences."""
    row = cast("Mapping[str, Any]", found)
    held = (
        f"{counted(row['ratings'], 'rating')} of {counted(row['items'], 'item')} "
        f"by {counted(row['raters'], 'rater')}"
    )
    asked = f" on {', '.join(map(one_line, row['criteria']))}" if row["criteria"] else ""
    lines = [f"{row['name']}: {held}{asked}, since {row['created'][:10]}."]
    if row["history"]:
        lines.append(f"{counted(row['history'], 'earlier rating')} kept as history, not counted.")
    if row["rubric"]:
        lines.append(f"Rubric: {one_line(row['rubric'])}.")
    lines.append(
        f"Bound to {', '.join(row['runs'])}."
        if row["bound"]
        else "Unbound: agreement works, no judge can be held against it."
    )
    if row["drawn"]:
        lines.append(f"{row['drawn_rated']:,} of {counted(row['drawn'], 'drawn output')} are rated.")
    lines += [
        f"{one_line(item['metric'])} of {item['run']} was held against it on {item['date'][:10]}."
        for item in row["calibrations"]
    ]
    if row["bound"] and row["ratings"] and not row["calibrations"]:
        lines.append(f"Next: steelyard study calibrate {row['runs'][-1]} --study {row['name']}")
    return "\n".join(lines)


def agreement_text(found: Sequence[CriterionAgreement]) -> str:
    """Percent agreement and one coefficient first, then all, then each rater."""
    return "\n\n".join("\n".join(_agreement_lines(item)) for item in found)


def _agreement_lines(item: CriterionAgreement) -> Iterator[str]:
    report = item.report
    chosen = {"asked": "as asked", "rubric": "from the rubric", "inferred": "inferred from the values"}
    yield (
        f"{one_line(item.name)}: {counted(report.n_ratings, 'rating')} of {counted(report.n_items, 'item')} "
        f"by {counted(report.n_raters, 'rater')}, {item.level} scale ({chosen[item.chosen]})"
    )
    yield f"  {report.recommendation.summary}"
    if report.recommendation.reason:
        name = _NAMES.get(report.recommendation.coefficient, report.recommendation.coefficient)
        yield f"  Read {name}: {report.recommendation.reason}."
    yield from (f"  {one_line(line)}." for line in report.recommendation.diagnosis)
    for key in (
        "percent_agreement", "krippendorff_alpha", "cohen_kappa", "fleiss_kappa", "gwet_ac1", "gwet_ac2",
        "icc", "kendall_w",
    ):  # fmt: skip
        figure = report.coefficients[key]
        value = f"{figure.value:.3f}" if figure.value is not None else figure.status
        likely = f"  (likely {figure.interval[0]:.3f} to {figure.interval[1]:.3f})" if figure.interval else ""
        yield f"    {_NAMES[key]:24} {value}{likely}"
    for row in report.raters:
        share = "alone" if row.percent_agreement is None else f"{row.percent_agreement:.0%} as the others"
        lean = f", {row.severity:+.2f} points against them" if row.severity is not None else ""
        yield f"    rater {one_line(row.rater):18} {row.n:,} ratings, {share}{lean}"


def calibration_json(found: JudgeCalibration, store: Store) -> dict[str, Json]:
    """The report of a calibration, and the headline as it is from now on."""
    summary = summary_of(store.get_run(found.run), store)
    headline = next(item for item in summary.metrics if item.name == found.metric)
    return {
        "run": found.run,
        "study": found.study,
        "metric": found.metric,
        "criterion": found.criterion,
        "raters": list(found.raters),
        "date": found.date.isoformat(timespec="seconds"),
        "threshold": found.threshold,
        "seed": found.seed,
        "judge": dict(found.judge),
        "benchmark_hash": found.benchmark_hash,
        **found.detail,
        "headline": headline.as_json(),
        "headline_text": headline.judge.sentence(headline.measure) if headline.judge else "",
    }


def calibration_text(document: Mapping[str, Json]) -> str:
    """A calibration in words, most useful first."""
    found = cast("Mapping[str, Any]", document)
    labels = found["labels"]
    raters = len(found["raters"])
    whom = f"{raters} expert{'' if raters == 1 else 's'} of study {found['study']}"
    first = f"{found['metric']} held against {whom} ({found['criterion']}) on {labels['total']:,} outputs."
    lines = [first, _used(found), f"Headline: {found['headline_text']}", ""]
    for name, item in (found["quality"] or {}).items():
        lines.append(_figure(_NAMES[name], item))
    lines += [
        _figure(f"judge and experts, {_NAMES[name]}", item) for name, item in found["agreement"].items()
    ]
    ceiling = found["ceiling"]
    if ceiling["status"] == "computed":
        lines.append(_figure("one expert says what the others say", ceiling["human"]))
        lines.append(_figure("the judge says what the same others say", ceiling["judge"]))
    else:
        lines.append(f"  Human against human: {ceiling['status']}.")
    bias = found["length_bias"]
    lines.append(_figure("error for an answer twice as long", bias))
    lines.append(f"  Position: {found['position_bias']['status']}.")
    if found["curve"]:
        lines.append(
            f"  Calibration curve: off by {found['curve']['error']:.3f} on average (chance taken off)."
        )
    return "\n".join(lines)


def _used(found: Mapping[str, Any]) -> str:
    labels = found["labels"]
    if not labels["fitted_on"]:
        cut = (
            f" A score from {found['threshold']:g} on counts as yes."
            if found["threshold"] is not None
            else ""
        )
        return f"Nothing was fitted, so every label corrects the headline.{cut}"
    return (
        f"A third of the labels ({labels['fitted_on']}, drawn with seed {found['seed']}) chose the threshold "
        f"{found['threshold']:.4g}; the other {labels['held_out']} give every figure and the headline."
    )


def _figure(name: str, item: Mapping[str, Any]) -> str:
    if item["value"] is None:
        return f"  {name:44} none: {item.get('note') or item.get('status') or 'undefined'}"
    likely = ""
    if item["interval"]:
        likely = f"  (likely {item['interval'][0]:.3f} to {item['interval'][1]:.3f})"
    return f"  {name:44} {item['value']:.3f}{likely}"


def plan_json(found: Drawn, *, study: str, path: Path | None) -> dict[str, Json]:
    """A plan and where its sheet lies."""
    plan = found.plan
    return {
        "metric": found.metric,
        "labels": plan.labels,
        "judge_calls": plan.judge_calls,
        "expected_width": plan.expected_width,
        "human_only_labels": plan.human_only_labels,
        "allocation": dict(plan.allocation),
        "from_labels": found.from_labels,
        "drawn": len(found.items),
        "study": study or None,
        "path": str(path) if path else None,
    }


def plan_text(found: Drawn, *, study: str, path: Path | None, run: str) -> str:
    """A plan in words."""
    plan = found.plan
    basis = "from the labels there are" if found.from_labels else "guessing that it errs in 15 % of cases"
    width = f"an interval about {plan.expected_width * 100:.1f} points wide ({basis})"
    alone = f"without the judge it would take {plan.human_only_labels:,}"
    lines = [f"{plan.labels:,} labels give {found.metric} {width}; {alone}."]
    if path is None:
        lines.append("Draw them: add --draw FILE.csv")
    else:
        lines.append(
            f"Wrote {len(found.items):,} outputs to {path}: fill in rater, criterion and value, then"
        )
        lines.append(f"  steelyard study import {path} --name {study} --run {run}")
        lines.append(f"  steelyard study calibrate {run} --study {study} --metric {found.metric}")
    return "\n".join(lines)
