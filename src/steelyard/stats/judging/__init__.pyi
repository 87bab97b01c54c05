from ._biases import PositionBias, length_bias, longer_preferred, position_bias
from ._ceiling import HumanCeiling, human_ceiling
from ._difference import PairedLabels, correct_mean_difference, correct_rate_difference
from ._evidence import NOT_HELD, JudgedScores, JudgeEvidence, Key, corrected_value
from ._evidence_difference import JudgedPairs, corrected_difference
from ._external import Calibration, ExternalCorrection, correct_from_calibration
from ._external_difference import correct_difference_from_calibration
from ._graded import correct_headline, correct_mean
from ._labels import Labels
from ._plan import DrawnLabels, LabelPlan, draw_labels, plan_labels
from ._quality import CalibrationCurve, JudgeQuality, ReliabilityBin, calibration_curve, judge_quality
from ._rate import correct_rate
from ._result import CorrectedDifference, CorrectedResult, VerdictStratum

__all__ = [
    "NOT_HELD",
    "Calibration",
    "CalibrationCurve",
    "CorrectedDifference",
    "CorrectedResult",
    "DrawnLabels",
    "ExternalCorrection",
    "HumanCeiling",
    "JudgeEvidence",
    "JudgeQuality",
    "JudgedPairs",
    "JudgedScores",
    "Key",
    "LabelPlan",
    "Labels",
    "PairedLabels",
    "PositionBias",
    "ReliabilityBin",
    "VerdictStratum",
    "calibration_curve",
    "correct_difference_from_calibration",
    "correct_from_calibration",
    "correct_headline",
    "correct_mean",
    "correct_mean_difference",
    "correct_rate",
    "correct_rate_difference",
    "corrected_difference",
    "corrected_value",
    "draw_labels",
    "human_ceiling",
    "judge_quality",
    "length_bias",
    "longer_preferred",
    "plan_labels",
    "position_bias",
]
