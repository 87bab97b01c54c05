"""Which metrics ask a model: known from their stored declaration, without loading what judges need."""

from __future__ import annotations

from steelyard.core import MetricSpec


def asks_a_model(spec: MetricSpec) -> bool:
    """Whether a metric asks models: those it pins stand under `judges` in its settings."""
    return "judges" in spec.settings
