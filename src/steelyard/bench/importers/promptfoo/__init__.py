"""promptfoo: configurations, test files and results."""

from steelyard.bench.importers.promptfoo._importer import IMPORTER

__all__ = ["IMPORTER"]
