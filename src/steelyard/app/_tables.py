"""Plain-text answers of the benchmark and import commands."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.bench import AddResult, CheckReport, Imported, VersionDiff, VersionDescription
from steelyard.core import BenchmarkRef, RunSummary
from steelyard.reports import render_benchmarks, render_table, run_headline

SHOWN = 20


def added_text(result: AddResult) -> str:
    """What an addition did."""
    version = result.version
    name = f"{version.name}@{version.version}"
    if not result.is_new:
        return f"{name} has exactly these {version.cases:,} cases already; nothing was added."
    return (
        f"Added {name} with {version.cases:,} cases: {result.added:,} added, {result.removed:,} removed, "
        f"{result.changed:,} changed. Hash {version.hash[:12]}"
    )


def import_text(
    imported: Imported, *, added: AddResult | None = None, runs: Sequence[RunSummary] = ()
) -> str:
    """How a file was read, what became of it, what did not carry over, and what to do next."""
    parts = [f"Read as {imported.format}: {len(imported.cases):,} cases, {len(imported.runs)} recorded runs."]
    if imported.mapping.choices:
        rows = [
            (choice.column, ":".join(filter(None, (choice.field, choice.key))), choice.run, choice.why)
            for choice in imported.mapping.choices
        ]
        parts.append(render_table(("column", "taken as", "run", "why"), rows))
    if added is not None:
        parts.append(added_text(added))
    parts += [f"  {run.run}  {run_headline(run)}" for run in runs]
    if imported.notes:
        parts.append("\n".join(["Worth knowing:", *(f"  - {note}" for note in imported.notes)]))
    parts.append("\n".join(_next_steps(imported, added, runs)))
    return "\n\n".join(parts)


def _next_steps(imported: Imported, added: AddResult | None, runs: Sequence[RunSummary]) -> list[str]:
    if added is None:
        return ["Nothing was stored. Correct a column with --map FIELD=COLUMN, then run without --dry-run."]
    if len(runs) >= 2:
        return [f"Next: steelyard compare {runs[0].run} {runs[1].run}"]
    name = added.version.name
    if runs:
        return [f"Next: steelyard report {runs[0].run} -o report.html"]
    metric = imported.metrics[0] if imported.metrics else "exact_match"
    return [f"Next: steelyard run {name} --target TARGET --metric {metric}"]
