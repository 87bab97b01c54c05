"""Metrics: case and output to score."""

from steelyard.metrics._protocol import Aggregate, CorpusMetric, Metric

__all__ = ["Aggregate", "CorpusMetric", "Metric"]
