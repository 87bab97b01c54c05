"""Several runs ranked on one metric, as terminal text."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import RankedRun
from steelyard.reports._bars import Axis, axis_labels, draw, level_axis
from steelyard.reports._clean import one_line
from steelyard.reports._headlines import ranking_headline
from steelyard.reports._methods import level_method
from steelyard.reports._numbers import say_usd, say_value
from steelyard.reports._scale import Scale, level_scale
from steelyard.reports._table import Cell, Column, table, wrap
from steelyard.reports._terminal import method_block, paint_lines


def render_ranking(ranked: Sequence[RankedRun], *, width: int = 80, color: bool = False) -> str:
    """Several runs on one metric: value, interval, the ranks that the data leave open, cost, latency."""
    if not ranked:
        return f"{ranking_headline(ranked)}\n"
    columns = (
        Column(title="run", elastic=True),
        Column(title=one_line(ranked[0].estimate.name), right=True),
        Column(title="likely", right=True, rank=2),
        Column(title="", rank=4),
        Column(title="rank", right=True),
        Column(title="cost", right=True, rank=3),
        Column(title="latency", right=True, rank=3),
        Column(title="best trade", rank=5),
    )
    estimates = [each.estimate for each in ranked]
    axis = level_axis(estimates, cells=max(12, min(28, width - 60)))
    scale = level_scale(estimates)
    rows = [_ranked_row(each, axis=axis, scale=scale) for each in ranked]
    if axis is not None:
        labels = Cell(axis_labels(axis, scale.unit), "grey")
        rows.append((*(Cell("") for _ in range(3)), labels, *(Cell("") for _ in range(4))))
    parts = [wrap(ranking_headline(ranked), width), table(columns, rows, width=width, color=color)]
    methods = dict.fromkeys(f"{one_line(each.name)}: {level_method(each)}" for each in estimates)
    note = (
        "Rank: the places that the data leave open. "
        "Best trade: no other run is at least as good in quality, cost and latency and better in one."
    )
    parts += [paint_lines(wrap(note, width), "grey", color=color)]
    parts.append(method_block(list(methods), width=width, color=color))
    return "\n\n".join(part for part in parts if part) + "\n"


def _ranked_row(ranked: RankedRun, *, axis: Axis | None, scale: Scale) -> tuple[Cell, ...]:
    estimate = ranked.estimate
    low, high = ranked.rank_low, ranked.rank_high
    return (
        Cell(one_line(ranked.label), "strong"),
        Cell(scale.value(estimate.value)),
        Cell(scale.levels(estimate.interval)),
        Cell(draw(estimate.value, estimate.interval, axis) if axis else ""),
        Cell(str(low) if low == high else f"{low} to {high}"),
        Cell("" if ranked.cost_usd is None else say_usd(ranked.cost_usd), "grey"),
        Cell("" if ranked.latency_s is None else say_value(ranked.latency_s, "s"), "grey"),
        Cell("yes" if ranked.on_frontier else "no", "" if ranked.on_frontier else "grey"),
    )
