"""`steelyard study`: experts' ratings, their agreement, and judges held against them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast, get_args

import click

from steelyard.app._sheet import write_sheet
from steelyard.app._studies import (
    agreement_text,
    calibration_json,
    calibration_text,
    plan_json,
    plan_text,
    read_rubric,
    status_text,
    study_json,
    study_line,
)
from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door, limit_option
from steelyard.core import Level, SystemClock
from steelyard.review import (
    CalibrationRequest,
    DrawRequest,
    RatingFormat,
    RatingSource,
    calibrate,
    choose_judge,
    import_ratings,
    judge_evidence,
    keep_draw,
    plan_study,
    study_agreement,
)


@click.group()
def study() -> None:
    """Experts: their ratings, how well they agree, and judges held against them."""


@study.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The study's name; ratings join it where it exists.")
@click.option("--run", "reference", metavar="RUN", help="Whose outputs were judged; then items are case ids.")
@click.option("--rubric", metavar="FILE|NAME", help="What raters were asked: values must be its points.")
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(RatingFormat)),
    default="auto",
    show_default=True,
    help="mqm: error spans of translations, one row an error.",
)
@door
def import_file(opened: Door, /, path: Path, **given: Any) -> None:
    """Add ratings from a table with the columns item, rater, criterion, value.

    Optional columns: epoch, duration_s, comment, inclusion_probability, rubric. Either every row is taken or
    none. Without --run the study is unbound: agreement can be computed, and no judge held against it.
    """
    with opened.store() as store:
        source = RatingSource(
            path=path,
            run=find_run(store, given["reference"]) if given["reference"] else None,
            rubric=read_rubric(given["rubric"], folder=opened.project.folder) if given["rubric"] else None,
            format=cast("RatingFormat", given["form"]),
        )
        found = import_ratings(source, given["name"], store=store, clock=SystemClock())
    opened.answer(found.as_json(), lambda: "\n".join((study_line(found), *found.notes)))


@study.command("list")
@limit_option
@door
def list_studies(opened: Door, limit: int) -> None:
    """List studies, newest first."""
    with opened.store() as store:
        rows = [study_json(item, store) for item in reversed(store.studies())][:limit]
    opened.answer(
        {"studies": rows},
        lambda: (
            "\n".join(
                f"{row['name']}: {row['ratings']} ratings of {row['items']} items by {row['raters']} raters, "
                f"{'bound' if row['bound'] else 'unbound'}"
                for row in rows
            )
            or "No study yet. Import ratings: steelyard study import FILE --name NAME --run RUN"
        ),
    )


@study.command()
@click.argument("name")
@door
def status(opened: Door, name: str) -> None:
    """Show what a study holds, what of its draw is done, and which judges were held against it."""
    with opened.store() as store:
        found = study_json(store.get_study(name), store)
    opened.answer(found, lambda: status_text(found))


@study.command()
@click.argument("name")
@click.option("--level", type=click.Choice(get_args(Level)), help="Of measurement; otherwise inferred.")
@click.option("--criterion", help="Only this one.")
@door
def agreement(opened: Door, name: str, level: str | None, criterion: str | None) -> None:
    """Show how well the experts agree: percent agreement, one recommended coefficient, then all of them."""
    with opened.store() as store:
        rows, _ = store.ratings(name)
        found = study_agreement(
            store.get_study(name), rows, level=cast("Level | None", level), criterion=criterion
        )
    opened.answer(
        {"study": name, "criteria": [item.as_json() for item in found]}, lambda: agreement_text(found)
    )


@study.command("calibrate")
@click.argument("reference", metavar="RUN")
@click.option("--study", "name", required=True, metavar="NAME", help="Whom to believe.")
@click.option("--metric", metavar="M", help="The judge; by default the run's only one.")
@click.option("--criterion", metavar="C", help="What experts were asked; by default the study's only one.")
@click.option("--threshold", type=float, metavar="T", help="The score from which a graded judge says yes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the part that fits a threshold.")
@door
def calibrate_judge(opened: Door, /, reference: str, **given: Any) -> None:
    """Hold a judge's scores against experts, and let their labels correct its headlines from now on."""
    with opened.store() as store:
        request = CalibrationRequest(
            run=find_run(store, reference),
            study=store.get_study(given["name"]),
            metric=given["metric"],
            criterion=given["criterion"],
            threshold=given["threshold"],
            seed=given["seed"],
        )
        found = calibrate(request, store=store, clock=SystemClock())
        document = calibration_json(found, store)
    opened.answer(document, lambda: calibration_text(document))


@study.command()
@click.argument("reference", metavar="RUN")
@click.option("--metric", metavar="M", help="The judge; by default the run's only one.")
@click.option(
    "--width",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    help="Wanted width of the corrected interval, as a share: 0.1 is ± 5 points.",
)
@click.option(
    "--draw", type=click.Path(path_type=Path), metavar="FILE.csv", help="Write the sheet to fill in."
)
@click.option("--name", help="The study of the draw; by default the sheet's name.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw.")
@door
def plan(opened: Door, /, reference: str, **given: Any) -> None:
    """Say how many labels a judge needs, and draw the outputs that experts should see.

    The sheet shows case, input and output: no model's name and no judge's score. The probabilities of the
    draw stay in the store, because they would give the judge's verdict away.
    """
    clock = SystemClock()
    with opened.store() as store:
        run = find_run(store, reference)
        spec = choose_judge(run, given["metric"])
        request = DrawRequest(run=run, metric=spec.key, width=given["width"], seed=given["seed"])
        found = plan_study(request, store=store, evidence=judge_evidence(run, store).get(spec.key))
        name = ""
        if given["draw"] is not None:
            name = given["name"] or given["draw"].stem
            keep_draw(found, name, run=run, store=store, clock=clock)
            write_sheet(given["draw"], found.items, run=run, store=store, seed=given["seed"])
    document = plan_json(found, study=name, path=given["draw"])
    opened.answer(document, lambda: plan_text(found, study=name, path=given["draw"], run=run.id))
