from ._check import Checked, check
from ._claims import Claim, Claims, split_claims
from ._groundedness import Faithfulness, Groundedness, retrieved
from ._judged import CLAIM_TASK, ClaimJudge, JudgedClaim, JudgedGroundedness, ModelClaimJudge
from ._self_consistency import agreement
from ._verify import ClaimVerdict, Evidence

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
