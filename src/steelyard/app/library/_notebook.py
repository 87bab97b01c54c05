"""Runs, comparisons and verdicts drawn as HTML where a notebook shows them."""

from __future__ import annotations

import sys
from typing import Any

from steelyard.core import Comparison, GateResult, RunSummary
from steelyard.reports.html import notebook_html


def show_in_notebooks() -> bool:
    """Register the HTML display of records with the running IPython; False where there is none."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return False
    formatter = shell.display_formatter.formatters["text/html"]
    for record in (RunSummary, Comparison, GateResult):
        formatter.for_type(record, notebook_html)
    return True
