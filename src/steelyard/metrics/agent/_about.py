"""Which metrics are about agents: known by name, without loading what they need."""

from __future__ import annotations

from steelyard.core import MetricSpec

_NAMES = frozenset(
    {
        "first_wrong_step", "loops", "model_share", "recovery", "steps", "task_success", "to_success",
        "tool_calls", "violations",
    }
)  # fmt: skip


def is_about_agents(spec: MetricSpec) -> bool:
    """Whether a metric looks at what an agent did, and not at its last answer alone."""
    return spec.name in _NAMES
