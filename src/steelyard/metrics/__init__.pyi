from ._agreement import AnswerAgreement, ExtractingMetric, answer_agreement, extracted_answer
from ._base import BaseMetric
from ._function import FunctionMetric, from_function, metric
from ._make import make_metric, rebuild, spec_from_json
from ._page import metric_help, metric_page
from ._presets import expand_preset
from ._protocol import (
    Aggregate,
    BlockingMetric,
    CorpusMetric,
    Metric,
    ModelMetric,
    PromptedMetric,
    TakesJudge,
)
from ._registry import metric_names
from ._scoring import score_output, score_with_model

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
    "PromptedMetric",
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
