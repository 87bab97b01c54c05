"""Steelyard: evaluation of AI systems, from recorded answers to a verdict that can be defended.

The names below load what they need when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steelyard.app.library import compare, gate, open_project, run
    from steelyard.metrics import metric
    from steelyard.traces import send_feedback
    from steelyard.traces.capture import current_span, trace, trace_context

__version__ = "0.1.0"

_HOMES = {
    "compare": "steelyard.app.library",
    "current_span": "steelyard.traces.capture",
    "gate": "steelyard.app.library",
    "metric": "steelyard.metrics",
    "open_project": "steelyard.app.library",
    "run": "steelyard.app.library",
    "send_feedback": "steelyard.traces",
    "trace": "steelyard.traces.capture",
    "trace_context": "steelyard.traces.capture",
}

__all__ = [
    "__version__",
    "compare",
    "current_span",
    "gate",
    "metric",
    "open_project",
    "run",
    "send_feedback",
    "trace",
    "trace_context",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'steelyard' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
