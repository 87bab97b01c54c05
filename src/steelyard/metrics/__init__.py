"""Metrics: case and output to score."""

from steelyard.metrics._agreement import (
    AnswerAgreement,
    ExtractingMetric,
    answer_agreement,
    extracted_answer,
)
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._function import FunctionMetric, from_function, metric
from steelyard.metrics._make import make_metric, rebuild, spec_from_json
from steelyard.metrics._page import metric_help, metric_page
from steelyard.metrics._presets import expand_preset
from steelyard.metrics._protocol import (
    Aggregate,
    BlockingMetric,
    CorpusMetric,
    Metric,
    ModelMetric,
    TakesJudge,
)
from steelyard.metrics._registry import metric_names
from steelyard.metrics._scoring import score_output, score_with_model

__all__ = [
    "Aggregate",
    "AnswerAgreement",
    "BaseMetric",
    "BlockingMetric",
    "CorpusMetric",
    "ExtractingMetric",
    "FunctionMetric",
    "Metric",
    "ModelMetric",
    "TakesJudge",
    "answer_agreement",
    "expand_preset",
    "extracted_answer",
    "from_function",
    "make_metric",
    "metric",
    "metric_help",
    "metric_names",
    "metric_page",
    "rebuild",
    "score_output",
    "score_with_model",
    "spec_from_json",
]
