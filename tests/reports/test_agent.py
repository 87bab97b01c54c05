from __future__ import annotations

from steelyard.core import AgentPart, AgentReport, BenchmarkRef, Estimate, RunSummary, StepLatency, WrongStep
from steelyard.reports import render_run
from steelyard.reports.html import render_html


def _seconds(value: float, *, likely: bool = True) -> Estimate:
    interval = (value / 2, value * 2) if likely else None
    return Estimate(name="step", value=value, interval=interval, n=20, measure="s")


def _part(agent: str, steps: int, *, time: float | None = None) -> AgentPart:
    return AgentPart(
        agent=agent, steps=steps, errors=1, wrong=0, time_share=time, cost_share=None, token_share=None
    )


def _summary(report: AgentReport | None) -> RunSummary:
    return RunSummary(
        run="run-1",
        label="v1",
        status="complete",
        benchmark=BenchmarkRef(name="b", version="v1", hash="0" * 64, cases=2),
        target="t",
        started="2026-01-01T00:00:00+00:00",
        scored=2,
        failed=0,
        skipped=0,
        metrics=(),
        agent=report,
    )


FULL = AgentReport(
    trials=20,
    success="task_success",
    figures=(Estimate(name="calls per trial", value=5.8, interval=(4.7, 6.9), n=20, measure="calls"),),
    wrong_steps=(WrongStep(step=1, trials=8), WrongStep(step=3, trials=1), WrongStep(step=40, trials=4)),
    latency_by_step=(StepLatency(step=1, median=_seconds(0.5), p95=_seconds(2.0, likely=False)),),
    agents=(_part("<b>planner</b>\x1b[31m", 9, time=0.75), _part("hand", 3, time=0.25)),
)


def test_the_agents_part_in_a_terminal() -> None:
    text = render_run(_summary(FULL), width=100)
    assert "20 trials of agents, success is task_success." in text
    lines = text.splitlines()
    histogram = [line.split() for line in lines if "█" in line]
    assert [row[0] for row in histogram] == ["1", "3", "13"]  # late steps stand together
    assert [len(row[-1]) for row in histogram] == [24, 3, 12]
    assert any(line.split()[:2] == ["1", "0.50"] and "too few" in line for line in lines)
    assert any("75" in line and "planner" in line for line in lines)
    assert "\x1b" not in text


def test_the_agents_part_on_a_page_is_escaped() -> None:
    page = render_html(_summary(FULL))
    assert "First wrong step" in page
    assert "<b>planner" not in page


def test_one_agent_alone_and_nothing_measured_need_no_tables() -> None:
    bare = AgentReport(trials=2, success="", figures=(), agents=(_part("agent", 4),))
    text = render_run(_summary(bare), width=80)
    assert "2 trials of agents.\n" in text
    assert "first wrong" not in text
    assert "trials of agents" not in render_run(_summary(None), width=80)
    assert "agent" not in _summary(None).as_json()
