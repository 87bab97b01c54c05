"""Grounding: what an answer claims, and whether its documents say so."""

from steelyard.metrics.grounding._check import Checked, check
from steelyard.metrics.grounding._claims import Claim, Claims, split_claims
from steelyard.metrics.grounding._groundedness import Faithfulness, Groundedness, retrieved
from steelyard.metrics.grounding._judged import ClaimJudge, JudgedGroundedness
from steelyard.metrics.grounding._rag import RAG
from steelyard.metrics.grounding._self_consistency import agreement
from steelyard.metrics.grounding._verify import ClaimVerdict, Evidence

__all__ = [
    "RAG",
    "Checked",
    "Claim",
    "ClaimJudge",
    "ClaimVerdict",
    "Claims",
    "Evidence",
    "Faithfulness",
    "Groundedness",
    "JudgedGroundedness",
    "agreement",
    "check",
    "retrieved",
    "split_claims",
]
