"""DeepEval: datasets of goldens, and test runs."""

from steelyard.bench.importers.deepeval._importer import IMPORTER

__all__ = ["IMPORTER"]
