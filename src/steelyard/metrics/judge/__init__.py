"""Judges: models that give a verdict on an output, by a rubric, as metrics."""

from steelyard.metrics.judge._chance import Chance
from steelyard.metrics.judge._check import JudgeCheck, check_judge
from steelyard.metrics.judge._checklist import Checklist
from steelyard.metrics.judge._classification import Classification, Label
from steelyard.metrics.judge._direct import Direct
from steelyard.metrics.judge._estimate import estimate_judge
from steelyard.metrics.judge._judge import Combine, Judge
from steelyard.metrics.judge._material import Showing
from steelyard.metrics.judge._pairwise import FIRST, SECOND, Opponent, Pairwise
from steelyard.metrics.judge._reference import Reference
from steelyard.metrics.judge._rubrics import SHIPPED, load_rubric, shipped_rubric
from steelyard.metrics.judge._schema import response_format
from steelyard.metrics.judge._step import Material, Reading, Step, Task, Unreadable
from steelyard.metrics.judge._summary import VerdictSummary, asks_a_model, summarise_verdicts
from steelyard.metrics.judge._trials import Attack, attacks
from steelyard.metrics.judge._vote import Member, Vote

__all__ = [
    "FIRST",
    "SECOND",
    "SHIPPED",
    "Attack",
    "Chance",
    "Checklist",
    "Classification",
    "Combine",
    "Direct",
    "Judge",
    "JudgeCheck",
    "Label",
    "Material",
    "Member",
    "Opponent",
    "Pairwise",
    "Reading",
    "Reference",
    "Showing",
    "Step",
    "Task",
    "Unreadable",
    "VerdictSummary",
    "Vote",
    "asks_a_model",
    "attacks",
    "check_judge",
    "estimate_judge",
    "load_rubric",
    "response_format",
    "shipped_rubric",
    "summarise_verdicts",
]
