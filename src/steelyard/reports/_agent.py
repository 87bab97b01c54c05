"""What agents did, as rows of tables: the same in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steelyard.reports._clean import one_line
from steelyard.reports._numbers import count, say_value
from steelyard.reports._scale import level_scale

if TYPE_CHECKING:
    from steelyard.core import AgentReport, Estimate

Row = tuple[str, ...]

_MOST_STEPS = 12
_BAR = 24


def agent_headline(report: AgentReport) -> str:
    """One line: how many trials, and what counts as success."""
    success = f", success is {one_line(report.success)}" if report.success else ""
    trials = "trial of an agent" if report.trials == 1 else "trials of agents"
    return f"{count(report.trials)} {trials}{success}."


def wrong_step_rows(report: AgentReport) -> tuple[Row, list[Row]]:
    """Heads and rows of the histogram of first wrong steps; late steps stand together in the last row."""
    heads = ("first wrong step", "trials", "")
    most = max((each.trials for each in report.wrong_steps), default=1)
    shown = [(str(each.step), each.trials) for each in report.wrong_steps if each.step <= _MOST_STEPS]
    late = sum(each.trials for each in report.wrong_steps if each.step > _MOST_STEPS)
    if late:
        shown.append((f"{_MOST_STEPS + 1} or later", late))
        most = max(most, late)
    return heads, [(step, count(n), "█" * max(1, round(_BAR * n / most))) for step, n in shown]


def latency_rows(report: AgentReport) -> tuple[Row, list[Row]]:
    """Heads and rows of the seconds by number of the step."""
    heads = ("step", "median", "likely", "p95", "likely", "n")
    chosen = report.latency_by_step[:_MOST_STEPS]
    if not chosen:
        return heads, []
    scale = level_scale([each.median for each in chosen] + [each.p95 for each in chosen])
    rows: list[Row] = [
        (
            str(each.step),
            scale.value(each.median.value),
            _likely(each.median, scale.levels(each.median.interval)),
            scale.value(each.p95.value),
            _likely(each.p95, scale.levels(each.p95.interval)),
            count(each.median.n),
        )
        for each in chosen
    ]
    return heads, rows


def agent_rows(report: AgentReport) -> tuple[Row, list[Row]]:
    """Heads and rows of the parts of several agents; none for one agent alone."""
    heads = ("agent", "steps", "errors", "first wrong", "time", "cost", "tokens")
    if len(report.agents) < 2:
        return heads, []
    return heads, [
        (
            one_line(each.agent),
            count(each.steps),
            count(each.errors),
            count(each.wrong),
            _share(each.time_share),
            _share(each.cost_share),
            _share(each.token_share),
        )
        for each in report.agents
    ]


def agent_tables(report: AgentReport) -> Sequence[tuple[str, Row, list[Row]]]:
    """(caption, heads, rows) of the tables that have rows."""
    made = (
        ("First wrong step", *wrong_step_rows(report)),
        ("Time by step", *latency_rows(report)),
        ("By agent", *agent_rows(report)),
    )
    return [each for each in made if each[2]]


def _likely(estimate: Estimate, levels: str) -> str:
    return levels if estimate.interval else "too few"


def _share(value: float | None) -> str:
    return "" if value is None else say_value(value, "share")
