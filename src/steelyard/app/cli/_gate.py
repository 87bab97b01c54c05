"""`steelyard gate`: PASS, FAIL or INCONCLUSIVE."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from steelyard.app._examples import gate_examples
from steelyard.app._files import write_text
from steelyard.app._gating import gate_request, gate_rules
from steelyard.app.cli._options import Door, door, terminal_width, wants_color
from steelyard.core import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_OK, GateResult, SystemClock
from steelyard.gates import evaluate_gate
from steelyard.reports import render_gate, render_junit, render_markdown
from steelyard.reports.html import render_html
from steelyard.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    base: str
    candidate: str
    rules: Path | None
    allowed_drop: float | None
    junit: Path | None
    markdown: Path | None
    html: Path | None
    redact: bool


@click.command()
@click.option("--base", required=True, metavar="RUN", help="The baseline run.")
@click.option("--candidate", required=True, metavar="RUN", help="The run that wants to ship.")
@click.option("--rules", type=click.Path(path_type=Path), help="A rules file (YAML).")
@click.option(
    "--allowed-drop", type=click.FloatRange(min=0), help="The margin where no rule gives one, e.g. 0.02."
)
@click.option("--junit", type=click.Path(path_type=Path), help="Also write JUnit XML.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Also write Markdown for a pull request.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write one self-contained HTML file.")
@click.option("--redact", is_flag=True, help="Leave inputs and outputs out of the files.")
@door
def gate(opened: Door, /, **given: Any) -> int:
    """Decide whether the candidate may ship. Exit code 0 PASS, 1 FAIL, 3 INCONCLUSIVE."""
    chosen = _Choices(**given)
    rules = gate_rules(opened.project, file=chosen.rules, allowed_drop=chosen.allowed_drop)
    with opened.store() as store:
        request = gate_request(chosen.base, chosen.candidate, rules=rules, store=store)
        result = evaluate_gate(request, samples=store, gates=store, clock=SystemClock())
        _write_files(result, chosen, store)
    opened.answer(result.as_json(), lambda: render_gate(result, width=terminal_width(), color=wants_color()))
    return exit_code(result)


def exit_code(result: GateResult) -> int:
    """The exit code of the contract, respecting `on_inconclusive`."""
    if result.verdict == "PASS":
        return EXIT_OK
    if result.verdict == "FAIL" or result.on_inconclusive == "fail":
        return EXIT_FAIL
    return EXIT_INCONCLUSIVE


def _write_files(result: GateResult, chosen: _Choices, store: Store) -> None:
    if chosen.junit is not None:
        write_text(chosen.junit, render_junit(result))
    if chosen.markdown is None and chosen.html is None:
        return
    examples = () if chosen.redact else gate_examples(result, store)
    if chosen.markdown is not None:
        text = render_markdown(result, examples=examples, redact=chosen.redact)
        write_text(chosen.markdown, text)
    if chosen.html is not None:
        write_text(chosen.html, render_html(result, examples=examples, redact=chosen.redact))
