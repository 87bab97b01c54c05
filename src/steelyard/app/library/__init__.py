"""Steelyard from Python: the commands as functions, with the same records."""

from steelyard.app.library._notebook import show_in_notebooks
from steelyard.app.library._session import Session, compare, gate, open_project, run

__all__ = ["Session", "compare", "gate", "open_project", "run", "show_in_notebooks"]
