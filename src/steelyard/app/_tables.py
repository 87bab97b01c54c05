"""Plain-text answers of the benchmark and import commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from steelyard.core import BenchmarkRef, RunSummary
from steelyard.reports import counted, render_benchmarks, render_table, run_headline, say_usd

if TYPE_CHECKING:
    from steelyard.bench import AddResult, CheckReport, Imported, VersionDescription, VersionDiff
    from steelyard.targets import CostEstimate

SHOWN = 20


def added_text(result: AddResult) -> str:
    """What an addition did."""
    version = result.version
    name = f"{version.name}@{version.version}"
    held = counted(version.cases, "case")
    if not result.is_new:
        return f"{name} holds exactly the same {held} already; nothing was added."
    return (
        f"Added {name} with {held}: {result.added:,} added, {result.removed:,} removed, "
        f"{result.changed:,} changed. Hash {version.hash[:12]}"
    )


def import_text(
    imported: Imported, *, added: AddResult | None = None, runs: Sequence[RunSummary] = ()
) -> str:
    """How a file was read, what became of it, what did not carry over, and what to do next."""
    cases, found = counted(len(imported.cases), "case"), counted(len(imported.runs), "recorded run")
    parts = [f"Read as {imported.format}: {cases}, {found}."]
    if imported.mapping.choices:
        rows = [
            (choice.column, ":".join(filter(None, (choice.field, choice.key))), choice.run, choice.why)
            for choice in imported.mapping.choices
        ]
        parts.append(render_table(("column", "taken as", "run", "why"), rows).rstrip())
    if added is not None:
        parts.append(added_text(added))
    if runs:
        parts.append("\n".join(f"  {run.run}  {run_headline(run)}" for run in runs))
    if imported.notes:
        parts.append("\n".join(["Worth knowing:", *(f"  - {note}" for note in imported.notes)]))
    parts.append("\n".join(_next_steps(imported, added, runs)))
    return "\n\n".join(parts)


def bench_list_text(refs: Sequence[BenchmarkRef]) -> str:
    """Benchmarks with their latest versions."""
    return render_benchmarks(refs)


def version_text(description: VersionDescription) -> str:
    """What a version holds: one line that answers, then the counts."""
    version = description.version
    tags = f" ({', '.join(version.tags)})" if version.tags else ""
    counts = (
        f"{version.cases:,} cases, {description.units:,} of them independent, "
        f"{description.with_expected:,} with an expectation."
    )
    facts = [f"hash {version.hash}", f"added {version.created:%Y-%m-%d %H:%M} UTC", version.message]
    parts = [f"{version.name}@{version.version}{tags}: {counts}", "\n".join(filter(None, facts))]
    rows = [("split", name, f"{count:,}") for name, count in description.splits.items()]
    rows += [("asks by", name, f"{count:,}") for name, count in description.kinds.items()]
    rows += [
        (dimension, value, f"{count:,}")
        for dimension, values in description.slices.items()
        for value, count in list(values.items())[:SHOWN]
    ]
    rows += [("attachments", media, f"{count:,}") for media, count in description.attachments.items()]
    parts.append(render_table(("what", "value", "cases"), rows))
    if description.lineage:
        parts.append("Before it: " + ", ".join(item.version for item in description.lineage[:SHOWN]))
    return "\n\n".join(parts)


def diff_text(found: VersionDiff) -> str:
    """Which cases were added, removed and changed."""
    parts = [f"{len(found.added):,} added, {len(found.removed):,} removed, {len(found.changed):,} changed."]
    lines = [f"+ {case}" for case in found.added[:SHOWN]]
    lines += [f"- {case}" for case in found.removed[:SHOWN]]
    lines += [f"~ {change.id}: {', '.join(change.fields)}" for change in found.changed[:SHOWN]]
    if lines:
        parts.append("\n".join(lines))
    left = sum(max(0, len(items) - SHOWN) for items in (found.added, found.removed, found.changed))
    if left:
        parts.append(f"… and {left:,} more: --json lists all")
    return "\n\n".join(parts)


def check_text(report: CheckReport) -> str:
    """What the lint found, the gravest first."""
    if not report.findings:
        return "Nothing found: no duplicate, conflict, leak or slice that is too small."
    total = sum(report.counts.values())
    parts = [f"{counted(total, 'finding')}."]
    parts.append(
        "\n".join(f"{item.severity:8} {item.code}  {item.message}" for item in report.findings[:SHOWN])
    )
    if total > SHOWN:
        parts.append(f"… and {total - SHOWN:,} more: --json lists {len(report.findings):,}")
    return "\n\n".join(parts)


def estimate_text(estimate: CostEstimate, judging: Mapping[str, CostEstimate] | None = None) -> str:
    """What a run would cost, before it is started; what its judges would, beside it."""
    if estimate.expected is None:
        headline = "No price is known for this target, so the cost cannot be estimated."
    else:
        spread = f"{say_usd(estimate.low or 0.0)} to {say_usd(estimate.high or 0.0)}"
        headline = f"About {say_usd(estimate.expected)}, likely {spread}."
    counts = (
        f"{estimate.requests:,} requests, about {estimate.input_tokens:,} tokens read "
        f"and {estimate.output_tokens:,} written."
    )
    judges = [f"Beside it, {key}: {_judge_line(found)}" for key, found in (judging or {}).items()]
    return "\n".join((headline, counts, estimate.basis, *judges, "Nothing was called."))


def _judge_line(found: CostEstimate) -> str:
    price = "no price is known" if found.expected is None else f"about {say_usd(found.expected)}"
    return (
        f"{price}, {found.requests:,} requests, about {found.input_tokens:,} tokens read and "
        f"{found.output_tokens:,} written."
    )


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
