"""What the demo says on a terminal: what happened, what it means, what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from steelyard.app.demo._live import LiveResult
from steelyard.app.demo._recorded import Decided
from steelyard.app.demo._versions import METRIC, MODEL
from steelyard.reports import explain_gate, say_limit, say_value

_COLORS = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow"}
_WIDEST = 88


def opening_screen(decided: Sequence[Decided], *, width: int, color: bool) -> str:
    """The situation: what is asked, who answers, what is allowed."""
    base = decided[0].base
    cases = f"{base.benchmark.cases:,}"
    said = (
        f"A web shop's assistant answers one question about each of {cases} texts. With the prompt in use "
        f"({base.label}), {_share(decided[0])} of its answers hold the right fact. Three new prompts want to "
        f"replace it. A drop of up to {_drop(decided[0])} is allowed: about what so many cases can settle. "
        f"All answers are those of a small model, {MODEL}, recorded earlier; nothing is asked now."
    )
    return f"{_strong('May the new version ship?', color=color)}\n\n{_fill(said, width)}\n"


def verdict_screen(decided: Decided, *, width: int, color: bool) -> str:
    """One verdict: the decision, why, and for an open one what would settle it."""
    headline, sentences, steps = explain_gate(decided.result)
    label = f"{decided.base.label} → {decided.candidate.label}"
    title = f"{_strong(label, color=color)}  {decided.version.idea}"
    verdict = click.style(headline, fg=_COLORS[decided.result.verdict]) if color else headline
    lines = [title, textwrap.indent(verdict, "  "), _fill(_plain(" ".join(sentences)), width, indent="  ")]
    if decided.result.verdict == "INCONCLUSIVE":
        lines += [
            _fill(step, width, indent="  · ", hanging="    ") for step in steps if step.startswith("Add ")
        ]
    return "\n".join(lines) + "\n"


def live_screen(live: LiveResult, *, width: int, color: bool) -> str:
    """The verdict on answers given just now."""
    drop = say_limit(live.allowed_drop, "share")
    said = (
        f"And live: {live.cases} of the cases, asked with two prompts in {live.seconds:.0f} seconds. "
        f"So few cases settle a drop of about {drop}, so {drop} are allowed here."
    )
    return f"{_fill(said, width)}\n\n{verdict_screen(live.decided, width=width, color=color)}"


def closing_screen(folder: Path, *, width: int, color: bool) -> str:
    """Where everything lies, and what to try next."""
    places = [
        ("index.html", "the verdicts as pages, with every answer that changed: open it in a browser"),
        ("support.jsonl", "the cases, one a line"),
        ("prompts/", "the prompt versions"),
        ("steelyard.toml", "the targets, and the drop that is allowed"),
    ]
    parts = [_strong(f"Everything lies in {folder}", color=color), _two_columns(places, width)]
    longest = max(len(command) for command, _ in _next(folder))
    parts += ["", _strong("Next", color=color)]
    parts += [f"  {command:<{longest}}   {why}".rstrip() for command, why in _next(folder)]
    return "\n".join(parts)


def next_commands(folder: Path) -> list[str]:
    """Commands worth typing after the demo, most useful first."""
    return [command for command, _ in _next(folder)]


def _next(folder: Path) -> list[tuple[str, str]]:
    return [
        ("steelyard import answers.csv", "your own recorded answers, of any tool"),
        (f"steelyard compare v1 v2 v3 v4 --project {folder}", "all four, ranked"),
        (f"steelyard bench power support --project {folder}", "what so few can settle"),
        ("steelyard init", "a project of your own"),
    ]


def _plain(text: str) -> str:
    """The metric by its name alone: its settings stand in the pages."""
    return text.replace(METRIC, METRIC.partition(":")[0])


def _share(decided: Decided) -> str:
    value = decided.base.metrics[0].value
    return "an unknown share" if value is None else say_value(value, "share", digits=0)


def _drop(decided: Decided) -> str:
    return say_limit(decided.result.rules[0].margin or 0.0, "share")


def _two_columns(rows: Iterable[tuple[str, str]], width: int) -> str:
    return "\n".join(_fill(text, width, indent=f"  {name:<16}", hanging=" " * 18) for name, text in rows)


def _fill(text: str, width: int, *, indent: str = "", hanging: str | None = None) -> str:
    return textwrap.fill(
        text,
        min(width, _WIDEST),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _strong(text: str, *, color: bool) -> str:
    return click.style(text, bold=True) if color else text
