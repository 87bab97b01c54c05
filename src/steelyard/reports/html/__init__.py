"""One self-contained HTML file for a run, a comparison or a gate: nothing is fetched when it opens."""

from steelyard.reports._chart_frame import chart_config
from steelyard.reports._example_row import ExampleKind, ExampleRow
from steelyard.reports._notebook import notebook_html
from steelyard.reports._spread_charts import Distribution
from steelyard.reports._trend_chart import TrendPoint
from steelyard.reports.html._consistency import consistency_html, consistency_sections
from steelyard.reports.html._contamination import contamination_html
from steelyard.reports.html._document import Extras, build_page
from steelyard.reports.html._page import CellView, FigureView, Page, SectionView, TableView
from steelyard.reports.html._render import ASSETS, embedded_json, page_environment, render_html, render_page
from steelyard.reports.html._robustness import robustness_html, robustness_sections
from steelyard.reports.html._sections import matrix_section, ranking_section
from steelyard.reports.html._trend import change_cell, estimate_cell, trend_section

__all__ = [
    "ASSETS",
    "CellView",
    "Distribution",
    "ExampleKind",
    "ExampleRow",
    "Extras",
    "FigureView",
    "Page",
    "SectionView",
    "TableView",
    "TrendPoint",
    "build_page",
    "change_cell",
    "chart_config",
    "consistency_html",
    "consistency_sections",
    "contamination_html",
    "embedded_json",
    "estimate_cell",
    "matrix_section",
    "notebook_html",
    "page_environment",
    "ranking_section",
    "render_html",
    "render_page",
    "robustness_html",
    "robustness_sections",
    "trend_section",
]
