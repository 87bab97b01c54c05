from ._about import is_about_agents
from ._compact import compact
from ._loops import looped_calls
from ._milestones import milestone_score
from ._model_share import busy_seconds
from ._recovery import failed_goals
from ._result_error import result_error
from ._step import Step
from ._to_success import MEASURES, Amount, amount_of, per_success
from ._trajectory import Trajectory, trajectory

__all__ = [
    "MEASURES",
    "Amount",
    "Step",
    "Trajectory",
    "amount_of",
    "busy_seconds",
    "compact",
    "failed_goals",
    "is_about_agents",
    "looped_calls",
    "milestone_score",
    "per_success",
    "result_error",
    "trajectory",
]
