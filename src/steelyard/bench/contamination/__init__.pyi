from ._canary import CANARY_FIELD, canaries_of, canary_guid, canary_text, take_from_cases, take_out_canaries
from ._check import Answer, check_contamination, worsened
from ._completion import (
    Completion,
    completion_cases,
    completion_evidence,
    completion_summary,
    is_completion,
    judge_completions,
    longest_common_run,
)
from ._rule import OverlapRule
from ._scan import CorpusProgress, OnProgress
from ._twins import TWIN_LINK, CaseScores, is_suspicious_gap, twin_gap, twin_links

__all__ = [
    "CANARY_FIELD",
    "TWIN_LINK",
    "Answer",
    "CaseScores",
    "Completion",
    "CorpusProgress",
    "OnProgress",
    "OverlapRule",
    "canaries_of",
    "canary_guid",
    "canary_text",
    "check_contamination",
    "completion_cases",
    "completion_evidence",
    "completion_summary",
    "is_completion",
    "is_suspicious_gap",
    "judge_completions",
    "longest_common_run",
    "take_from_cases",
    "take_out_canaries",
    "twin_gap",
    "twin_links",
    "worsened",
]
