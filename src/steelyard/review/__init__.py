"""Review: what experts say, how well they agree, and judges held against them."""

from steelyard.review._agreement import CriterionAgreement, study_agreement
from steelyard.review._calibrate import CalibrationRequest, calibrate, choose_judge
from steelyard.review._consensus import infer_level, newest
from steelyard.review._evidence import judge_evidence
from steelyard.review._import import Imported, RatingFormat, RatingSource, ReviewStores, import_ratings
from steelyard.review._plan import Drawn, DrawRequest, keep_draw, plan_study
from steelyard.review._record import DrawnItem, JudgeCalibration, Study, StudyRating
from steelyard.review._store import StudyStore

__all__ = [
    "CalibrationRequest",
    "CriterionAgreement",
    "DrawRequest",
    "Drawn",
    "DrawnItem",
    "Imported",
    "JudgeCalibration",
    "RatingFormat",
    "RatingSource",
    "ReviewStores",
    "Study",
    "StudyRating",
    "StudyStore",
    "calibrate",
    "choose_judge",
    "import_ratings",
    "infer_level",
    "judge_evidence",
    "keep_draw",
    "newest",
    "plan_study",
    "study_agreement",
]
