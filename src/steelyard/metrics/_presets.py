"""Names that stand for several metrics."""

from __future__ import annotations

from collections.abc import Mapping

PRESETS: Mapping[str, tuple[str, ...]] = {
    "rag": ("faithfulness", "answer_relevance", "context_recall", "context_precision"),
}
"""Preset to the metrics that it stands for, in the order of a table."""


def expand_preset(text: str) -> tuple[str, ...]:
    """The metrics that a name stands for; itself when it is no preset."""
    return PRESETS.get(text.strip(), (text,))
