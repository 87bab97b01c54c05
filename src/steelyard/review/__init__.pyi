from ._agreement import CriterionAgreement, study_agreement
from ._calibrate import CalibrationRequest, calibrate, choose_judge
from ._checks import check_words, keep_check, last_check
from ._consensus import infer_level, newest
from ._evidence import judge_evidence
from ._import import Imported, RatingFormat, RatingSource, ReviewStores, import_ratings
from ._plan import Drawn, DrawRequest, keep_draw, plan_study
from ._record import DrawnItem, JudgeCalibration, Study, StudyRating
from ._store import StudyStore

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
    "check_words",
    "choose_judge",
    "import_ratings",
    "infer_level",
    "judge_evidence",
    "keep_check",
    "keep_draw",
    "last_check",
    "newest",
    "plan_study",
    "study_agreement",
]
