"""One self-contained HTML file for a run, a comparison or a gate: nothing is fetched when it opens."""

from steelyard.reports._example_row import ExampleKind, ExampleRow
from steelyard.reports._notebook import notebook_html
from steelyard.reports._spread_charts import Distribution
from steelyard.reports.html._consistency import consistency_html
from steelyard.reports.html._contamination import contamination_html
from steelyard.reports.html._page import Page
from steelyard.reports.html._render import render_html, render_page
from steelyard.reports.html._robustness import robustness_html

__all__ = [
    "Distribution",
    "ExampleKind",
    "ExampleRow",
    "Page",
    "consistency_html",
    "contamination_html",
    "notebook_html",
    "render_html",
    "render_page",
    "robustness_html",
]
