"""Estimates, differences and rules as rows of a page's tables, with bars on a shared axis."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.core import Comparison, Difference, Estimate, GateResult, Interval, RankedRun
from steelyard.reports._bars import Axis, level_axis, make_axis
from steelyard.reports._bound_words import old_value
from steelyard.reports._clean import one_line
from steelyard.reports._experts import HEADS, Lines, judged_count
from steelyard.reports._facts import change_facts, estimate_facts, rule_numbers
from steelyard.reports._numbers import count, say_usd, say_value
from steelyard.reports._rows import WITHIN, ChangeRow, change_rows, plain_word, rule_difference
from steelyard.reports._scale import Scale, allowed_limit, has_width, is_unchanged, level_scale
from steelyard.reports._verdicts import rule_word
from steelyard.reports.html._page import Bar, CellView, TableView, Tone

_CHANGE_TONES: dict[str, Tone] = {
    "better": "pass",
    "worse": "fail",
    "equivalent": "",
    "inconclusive": "unsure",
}
VERDICT_TONES: dict[str, Tone] = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "unsure"}


def estimate_table(
    estimates: Sequence[Estimate],
    labels: Sequence[str],
    *,
    caption: str,
    head: str,
    scale: Scale | None = None,
    bound: float | None = None,
) -> TableView:
    """Levels of one measure, with bars on one axis and the decimals of one scale; a bound is a line."""
    axis = level_axis(estimates, cells=101, marks=() if bound is None else (bound,))
    said = scale or level_scale(estimates)
    rows = tuple(
        (
            CellView(text=label),
            CellView(text=said.value(each.value), facts=estimate_facts(each), right=True, sort=each.value),
            CellView(text=said.levels(each.interval), right=True),
            CellView(text="", bar=_bar(each.value, each.interval, axis, limit=bound)),
            CellView(text=judged_count(each.n, each.judge), tone="quiet", right=True, sort=each.n),
            CellView(
                text=count(each.missing) if each.missing else "",
                tone="unsure" if each.missing else "",
                right=True,
                sort=each.missing,
            ),
        )
        for each, label in zip(estimates, labels, strict=True)
    )
    return _without_empty(
        TableView(caption=caption, heads=(head, "value", "likely", "", "n", "no score"), rows=rows)
    )


def difference_table(
    differences: Sequence[Difference],
    labels: Sequence[str],
    *,
    comparison: Comparison,
    caption: str,
    head: str,
) -> TableView:
    """Differences of one measure and direction, with bars on one axis that holds zero and the limit."""
    measured = [each for each in differences if has_width(each.interval) and not is_unchanged(each)]
    limits = [limit for each in differences if (limit := allowed_limit(each, comparison)) is not None]
    axis = make_axis(
        (each.interval for each in measured),
        cells=101,
        values=(each.difference for each in differences),
        marks=(0.0, *limits),
    )
    rows = tuple(
        _difference_row(each, label, row=row, axis=axis, limit=allowed_limit(each, comparison))
        for each, label, row in zip(differences, labels, change_rows(differences, comparison), strict=True)
    )
    heads = (
        head,
        "baseline",
        "candidate",
        "difference",
        "likely",
        "",
        "against the old version",
        "n",
        "no score",
    )
    return _without_empty(TableView(caption=caption, heads=heads, rows=rows))


def expert_table(name: str, lines: Lines) -> TableView:
    """Experts alone, judge alone and corrected."""
    rows = tuple(
        tuple(CellView(text=text, right=at in (1, 2)) for at, text in enumerate(line)) for line in lines
    )
    heads = (name, *HEADS[1:])
    return TableView(caption=f"Experts and judge on {name}", heads=heads, rows=rows)


def rule_table(result: GateResult) -> TableView:
    """Every rule with its verdict, its measured figure and its limit."""
    rows = []
    for rule in result.rules:
        measured, spread, limit = rule_numbers(rule, old=old_value(rule, result.comparison))
        difference = rule_difference(rule, result.comparison)
        evidence = rule.evidence
        facts = (
            ()
            if evidence is None
            else (change_facts(evidence) if isinstance(evidence, Difference) else estimate_facts(evidence))
        )
        rows.append(
            (
                CellView(text=one_line(rule.rule)),
                CellView(text=rule_word(rule), tone=VERDICT_TONES[rule.verdict]),
                CellView(text=measured, facts=facts, right=True, sort=rule.difference),
                CellView(text=spread, right=True),
                CellView(text=limit, tone="quiet", right=True),
                CellView(text="" if difference is None else plain_word(difference), tone="quiet"),
            )
        )
    heads = ("rule", "against your rule", "measured", "likely", "limit", "against the old version")
    return _without_empty(TableView(caption="Rules of this gate", heads=heads, rows=tuple(rows)))


def ranking_table(ranked: Sequence[RankedRun]) -> TableView:
    """Runs with their possible ranks, cost and latency."""
    estimates = [each.estimate for each in ranked]
    axis = level_axis(estimates, cells=101)
    scale = level_scale(estimates)
    rows = tuple(
        (
            CellView(text=one_line(each.label)),
            CellView(
                text=scale.value(each.estimate.value),
                facts=estimate_facts(each.estimate),
                right=True,
                sort=each.estimate.value,
            ),
            CellView(text=scale.levels(each.estimate.interval), right=True),
            CellView(text="", bar=_bar(each.estimate.value, each.estimate.interval, axis)),
            CellView(text=_ranks(each), right=True, sort=each.rank_low),
            CellView(
                text="" if each.cost_usd is None else say_usd(each.cost_usd), right=True, sort=each.cost_usd
            ),
            CellView(
                text="" if each.latency_s is None else say_value(each.latency_s, "s"),
                right=True,
                sort=each.latency_s,
            ),
            CellView(text="yes" if each.on_frontier else "no", tone="" if each.on_frontier else "quiet"),
        )
        for each in ranked
    )
    heads = ("run", one_line(estimates[0].name), "likely", "", "rank", "cost", "latency", "best trade")
    return _without_empty(TableView(caption="All runs", heads=heads, rows=rows))


def _difference_row(
    difference: Difference, label: str, *, row: ChangeRow, axis: Axis | None, limit: float | None
) -> tuple[CellView, ...]:
    base, candidate = difference.base, difference.candidate
    settled = is_unchanged(difference) or row.word.startswith(WITHIN)
    tone: Tone = "" if settled else _CHANGE_TONES[difference.verdict]
    interval = None if is_unchanged(difference) else difference.interval
    return (
        CellView(text=label),
        CellView(text=row.base, facts=estimate_facts(base), right=True, sort=base.value, tone="quiet"),
        CellView(
            text=row.candidate,
            facts=estimate_facts(candidate),
            right=True,
            sort=candidate.value,
            tone="quiet",
        ),
        CellView(text=row.change, facts=change_facts(difference), right=True, sort=difference.difference),
        CellView(text=row.likely, right=True),
        CellView(text="", bar=_bar(difference.difference, interval, axis, zero=0.0, limit=limit)),
        CellView(text=row.word, tone=tone),
        CellView(
            text=judged_count(difference.n_pairs, difference.judge),
            tone="quiet",
            right=True,
            sort=difference.n_pairs,
        ),
        CellView(
            text=count(difference.missing) if difference.missing else "",
            tone="unsure" if difference.missing else "",
            right=True,
            sort=difference.missing,
        ),
    )


def _bar(
    value: float | None,
    interval: Interval | None,
    axis: Axis | None,
    *,
    zero: float | None = None,
    limit: float | None = None,
) -> Bar | None:
    if axis is None:
        return None

    def place(point: float | None) -> float | None:
        if point is None:
            return None
        share = (point - axis.low) / (axis.high - axis.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    low, high = interval or (None, None)
    return Bar(low=place(low), high=place(high), value=place(value), zero=place(zero), limit=place(limit))


def _ranks(ranked: RankedRun) -> str:
    low, high = ranked.rank_low, ranked.rank_high
    return str(low) if low == high else f"{low} to {high}"


def _without_empty(view: TableView) -> TableView:
    """The table without columns in which no row says anything."""
    kept = [
        i
        for i in range(len(view.heads))
        if i == 0 or any(row[i].text or row[i].bar is not None for row in view.rows)
    ]
    return TableView(
        caption=view.caption,
        heads=tuple(view.heads[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in view.rows),
    )
