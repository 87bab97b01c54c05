"""`steelyard report`: one HTML file to send around."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from steelyard.app._examples import comparison_examples, run_examples
from steelyard.app._experts import judges_of, summary_of
from steelyard.app._files import write_text
from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door
from steelyard.core import RunSummary, UsageError
from steelyard.gates import CompareOptions, compare_runs
from steelyard.reports.html import SectionView, consistency_sections, render_html, robustness_sections
from steelyard.runs import RunRecord, consistency, robustness
from steelyard.store import Store


@click.command()
@click.argument("reference", metavar="RUN|BASE..CANDIDATE")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE.html")
@click.option(
    "--allowed-drop", type=click.FloatRange(min=0), help="A drop that would not matter, for a comparison."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random examples.")
@click.option("--redact", is_flag=True, help="Leave inputs, expectations and outputs out.")
@door
def report(
    opened: Door, reference: str, output: Path, *, allowed_drop: float | None, seed: int, redact: bool
) -> None:
    """Write a run, or a comparison BASE..CANDIDATE, as one self-contained HTML file."""
    if output.suffix.lower() not in (".html", ".htm"):
        raise UsageError("the report is HTML", where=str(output), hint="Name it FILE.html")
    base, dots, candidate = reference.partition("..")
    with opened.store() as store:
        if dots:
            runs = [find_run(store, name) for name in (base, candidate)]
            options = CompareOptions(allowed_drop=allowed_drop, judges=judges_of(runs, store))
            document = compare_runs(*runs, samples=store, options=options).comparison
            examples = () if redact else comparison_examples(document, store, seed=seed)
            write_text(output, render_html(document, examples=examples, redact=redact))
        else:
            run = find_run(store, reference)
            summary = summary_of(run, store)
            examples = () if redact else run_examples(run, store, seed=seed)
            sections = _more(run, summary, store, redact=redact)
            write_text(output, render_html(summary, examples=examples, redact=redact, sections=sections))
    opened.answer({"path": str(output), "bytes": output.stat().st_size}, lambda: f"Wrote {output}")


def _more(run: RunRecord, summary: RunSummary, store: Store, *, redact: bool) -> tuple[SectionView, ...]:
    """Consistency and robustness, where the run holds families, or perturbed cases with their originals."""
    dimensions = {item.dimension for item in summary.slices}
    sections: tuple[SectionView, ...] = ()
    if dimensions & {"variant", "perturbation"}:
        with suppress(UsageError):  # cases that declare variants need not form a family
            sections += consistency_sections(consistency(run, store), redact=redact)
    if "perturbation" in dimensions:
        with suppress(UsageError):  # the originals may be in another run
            sections += robustness_sections(robustness(run, run, store), redact=redact)
    return sections
