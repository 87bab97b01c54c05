"""Which metrics there are: an explicit table, and a door for packages of others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from steelyard.core import ConfigError, UsageError
from steelyard.metrics._settings import near

ENTRY_POINT_GROUP = "steelyard.metrics"

BUILT_IN: Mapping[str, str] = {
    "accuracy": "steelyard.metrics._label_agreement:Accuracy",
    "answer_relevance": "steelyard.metrics.grounding._rag:AnswerRelevance",
    "auroc": "steelyard.metrics._confidence:Auroc",
    "balanced_accuracy": "steelyard.metrics._label_agreement:BalancedAccuracy",
    "bleu": "steelyard.metrics._bleu:Bleu",
    "brier": "steelyard.metrics._confidence:Brier",
    "calibration_error": "steelyard.metrics._confidence:CalibrationError",
    "choice": "steelyard.metrics._choice:Choice",
    "chrf": "steelyard.metrics._chrf:Chrf",
    "click_in_box": "steelyard.metrics.agent._click_in_box:ClickInBox",
    "code_pass": "steelyard.metrics.code:CodePass",
    "citations": "steelyard.metrics.grounding._citations:Citations",
    "contains": "steelyard.metrics._contains:Contains",
    "context_precision": "steelyard.metrics.grounding._rag:ContextPrecision",
    "context_recall": "steelyard.metrics.grounding._rag:ContextRecall",
    "cost": "steelyard.metrics._measures:Cost",
    "edit_similarity": "steelyard.metrics._edit_similarity:EditSimilarity",
    "exact_match": "steelyard.metrics._exact_match:ExactMatch",
    "f1": "steelyard.metrics._label_scores:F1",
    "faithfulness": "steelyard.metrics.grounding._groundedness:Faithfulness",
    "first_token": "steelyard.metrics._measures:FirstToken",
    "first_wrong_step": "steelyard.metrics.agent._first_wrong_step:FirstWrongStep",
    "forbidden": "steelyard.metrics.grounding._vocabulary:Forbidden",
    "glossary": "steelyard.metrics.grounding._vocabulary:Glossary",
    "groundedness": "steelyard.metrics.grounding._groundedness:Groundedness",
    "json_fields": "steelyard.metrics._json_fields:JsonFields",
    "json_schema": "steelyard.metrics._json_schema:JsonSchema",
    "json_valid": "steelyard.metrics._json_valid:JsonValid",
    "language": "steelyard.metrics._language:LanguageMatch",
    "latency": "steelyard.metrics._measures:Latency",
    "length": "steelyard.metrics._measures:Length",
    "loops": "steelyard.metrics.agent._loops:Loops",
    "map": "steelyard.metrics._ranking:AveragePrecision",
    "mcc": "steelyard.metrics._label_agreement:Mcc",
    "model_share": "steelyard.metrics.agent._model_share:ModelShare",
    "mrr": "steelyard.metrics._ranking:Mrr",
    "ndcg": "steelyard.metrics._ranking:Ndcg",
    "numeric_match": "steelyard.metrics._numeric_match:NumericMatch",
    "precision": "steelyard.metrics._label_scores:Precision",
    "precision_at_k": "steelyard.metrics._ranking:PrecisionAtK",
    "recall": "steelyard.metrics._label_scores:Recall",
    "recall_at_k": "steelyard.metrics._ranking:RecallAtK",
    "recorded": "steelyard.metrics._recorded:Recorded",
    "recovery": "steelyard.metrics.agent._recovery:Recovery",
    "refusal": "steelyard.metrics._refusal:Refusal",
    "regex_match": "steelyard.metrics._regex_match:RegexMatch",
    "rouge_1": "steelyard.metrics._rouge:Rouge1",
    "rouge_2": "steelyard.metrics._rouge:Rouge2",
    "rouge_l": "steelyard.metrics._rouge:RougeL",
    "self_consistency": "steelyard.metrics.grounding._self_consistency:SelfConsistency",
    "steps": "steelyard.metrics.agent._steps:Steps",
    "task_success": "steelyard.metrics.agent._task_success:TaskSuccess",
    "ter": "steelyard.metrics._ter:Ter",
    "to_success": "steelyard.metrics.agent._to_success:ToSuccess",
    "token_f1": "steelyard.metrics._token_f1:TokenF1",
    "tokens": "steelyard.metrics._measures:Tokens",
    "tool_calls": "steelyard.metrics.agent._tool_calls:ToolCalls",
    "violations": "steelyard.metrics.agent._violations:Violations",
}
"""Metric name to `module:class`; loaded when first used, so that nobody pays for what they do not use."""


@cache
def registry() -> Mapping[str, str]:
    """Every metric's name and where it lives, those of installed packages included.

    Packages offer metrics through the entry-point group `steelyard.metrics`. Raises ConfigError when two
    claim one name.
    """
    table = dict(BUILT_IN)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if table.get(point.name, point.value) != point.value:
            raise ConfigError(
                f"two metrics are called {point.name!r}",
                where=f"{table[point.name]} and {point.value}",
                hint="Uninstall one of the packages, or ask its author for another name",
            )
        table[point.name] = point.value
    return table


def metric_names() -> tuple[str, ...]:
    """The names that `make_metric` takes, sorted; `recorded` stands as `recorded:NAME`."""
    return tuple(sorted("recorded:NAME" if name == "recorded" else name for name in registry()))


@cache
def resolve(name: str) -> object:
    """What the table holds for a name, imported: a metric class or a decorated function.

    Raises UsageError with near matches for an unknown name, ConfigError when it cannot be imported.
    """
    table = registry()
    if name not in table:
        listed = f"Metrics: {', '.join(metric_names())}"
        hint = near(name, table)
        raise UsageError(f"no metric {name!r}", hint=f"{hint} {listed}" if hint else listed)
    module_name, _, attribute = table[name].partition(":")
    try:
        return getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the metric {name!r} cannot be loaded: {error}",
            where=table[name],
            hint="Mend or uninstall the package that offers it",
        ) from error
