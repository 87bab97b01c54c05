from ._asks import asks_a_model
from ._chance import Chance
from ._check import JudgeCheck, check_judge
from ._checklist import Checklist
from ._classification import Classification, Label
from ._direct import Direct
from ._estimate import estimate_judge
from ._first_step import FirstWrong
from ._judge import Combine, Judge
from ._material import Showing
from ._pairwise import FIRST, SECOND, Opponent, Pairwise
from ._reference import Reference
from ._rubrics import SHIPPED, load_rubric, shipped_rubric
from ._schema import response_format
from ._step import Material, Reading, Step, Task, Unreadable
from ._summary import VerdictSummary, summarise_verdicts, votes_of
from ._trials import Attack, attacks
from ._vote import Member, Vote

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
    "FirstWrong",
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
    "votes_of",
]
