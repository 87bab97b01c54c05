"""Agents: what they did, step by step, and how well."""

from steelyard.metrics.agent._compact import compact
from steelyard.metrics.agent._loops import looped_calls
from steelyard.metrics.agent._milestones import milestone_score
from steelyard.metrics.agent._model_share import busy_seconds
from steelyard.metrics.agent._recovery import failed_goals
from steelyard.metrics.agent._step import Step
from steelyard.metrics.agent._to_success import MEASURES, Amount, amount_of, per_success
from steelyard.metrics.agent._trajectory import Trajectory, trajectory

__all__ = [
    "MEASURES",
    "Amount",
    "Step",
    "Trajectory",
    "amount_of",
    "busy_seconds",
    "compact",
    "failed_goals",
    "looped_calls",
    "milestone_score",
    "per_success",
    "trajectory",
]
