"""Contamination: whether a system has seen the cases it is measured on."""

from steelyard.bench.contamination._canary import (
    CANARY_FIELD,
    canaries_of,
    canary_guid,
    canary_text,
    take_out_canaries,
)
from steelyard.bench.contamination._check import Answer, check_contamination, worsened
from steelyard.bench.contamination._completion import (
    Completion,
    completion_cases,
    completion_evidence,
    completion_summary,
    is_completion,
    judge_completions,
    longest_common_run,
)
from steelyard.bench.contamination._rule import OverlapRule
from steelyard.bench.contamination._scan import CorpusProgress, OnProgress
from steelyard.bench.contamination._twins import (
    TWIN_LINK,
    CaseScores,
    is_suspicious_gap,
    twin_gap,
    twin_links,
)

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
    "take_out_canaries",
    "twin_gap",
    "twin_links",
    "worsened",
]
