"""Grounding: what an answer claims, and whether its documents say so."""

from steelyard.metrics.grounding._check import Checked, check
from steelyard.metrics.grounding._claims import Claim, Claims, split_claims
from steelyard.metrics.grounding._groundedness import Faithfulness, Groundedness, retrieved
from steelyard.metrics.grounding._judged import (
    CLAIM_TASK,
    ClaimJudge,
    JudgedClaim,
    JudgedGroundedness,
    ModelClaimJudge,
)
from steelyard.metrics.grounding._self_consistency import agreement
from steelyard.metrics.grounding._verify import ClaimVerdict, Evidence

__all__ = [
    "CLAIM_TASK",
    "Checked",
    "Claim",
    "ClaimJudge",
    "ClaimVerdict",
    "Claims",
    "Evidence",
    "Faithfulness",
    "Groundedness",
    "JudgedClaim",
    "JudgedGroundedness",
    "ModelClaimJudge",
    "agreement",
    "check",
    "retrieved",
    "split_claims",
]
