from ._clean import one_line, strip_ansi, visible
from ._consistency import consistency_headline, consistency_markdown, render_consistency
from ._contamination import (
    contamination_facts,
    contamination_headline,
    contamination_markdown,
    render_contamination,
)
from ._headlines import comparison_headline, difference_headline, ranking_headline, run_headline
from ._junit import render_junit
from ._markdown import escape_markdown, render_markdown
from ._metric_names import (
    parted,
    short_names,
    shorten_comparisons,
    shorten_estimate,
    shorten_ranking,
    shorten_run,
)
from ._notebook import notebook_html
from ._numbers import counted, say_change, say_interval, say_level, say_limit, say_seconds, say_usd, say_value
from ._robustness import render_robustness, robustness_headline, robustness_markdown
from ._terminal import RunRow, render_benchmarks, render_run, render_runs, render_table
from ._terminal_changes import render_comparison, render_gate
from ._terminal_ranking import render_ranking
from ._verdicts import deciding_rule, explain_gate
from ._words import explain_rule, name_rule

__all__ = [
    "RunRow",
    "comparison_headline",
    "consistency_headline",
    "consistency_markdown",
    "contamination_facts",
    "contamination_headline",
    "contamination_markdown",
    "counted",
    "deciding_rule",
    "difference_headline",
    "escape_markdown",
    "explain_gate",
    "explain_rule",
    "name_rule",
    "notebook_html",
    "one_line",
    "parted",
    "ranking_headline",
    "render_benchmarks",
    "render_comparison",
    "render_consistency",
    "render_contamination",
    "render_gate",
    "render_junit",
    "render_markdown",
    "render_ranking",
    "render_robustness",
    "render_run",
    "render_runs",
    "render_table",
    "robustness_headline",
    "robustness_markdown",
    "run_headline",
    "say_change",
    "say_interval",
    "say_level",
    "say_limit",
    "say_seconds",
    "say_usd",
    "say_value",
    "short_names",
    "shorten_comparisons",
    "shorten_estimate",
    "shorten_ranking",
    "shorten_run",
    "strip_ansi",
    "visible",
]
