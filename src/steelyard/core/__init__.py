"""The shared words of Steelyard: records, ids, clock, canonical JSON and the error tree. No I/O."""

from steelyard.core._case import Attachment, Case, Message, Scenario, case_from_json
from steelyard.core._clock import Clock, FixedClock, SystemClock
from steelyard.core._comparison import ChangeWord, Comparison, Difference, Flip, RankedRun
from steelyard.core._errors import (
    EXIT_BUG,
    EXIT_FAIL,
    EXIT_INCONCLUSIVE,
    EXIT_OK,
    EXIT_USER,
    BudgetError,
    BugError,
    ConfigError,
    InputError,
    MissingExtraError,
    NotFoundError,
    StatisticsError,
    SteelyardError,
    StoreError,
    TargetError,
    UsageError,
    UserError,
)
from steelyard.core._estimate import CASES_LIKE_THESE, LIVE_TRAFFIC, THESE_CASES, Estimate, Interval
from steelyard.core._ids import new_id
from steelyard.core._json import Json, canonical_json, content_hash, parse_json
from steelyard.core._metric_spec import Direction, MetricSpec, Scale
from steelyard.core._output import Fault, FaultOwner, Output, Usage, output_from_json
from steelyard.core._provenance import Provenance
from steelyard.core._rating import Rating
from steelyard.core._rubric import Anchor, Criterion, Level, Rubric, rubric_from_json
from steelyard.core._run_summary import BenchmarkRef, RunStatus, RunSummary, SliceEstimate
from steelyard.core._score import Failed, Score, Scored, Skipped
from steelyard.core._span import Span, span_from_json
from steelyard.core._verdict import (
    GateResult,
    Lean,
    NeededCases,
    RuleKind,
    RuleResult,
    VerdictWord,
)

__all__ = [
    "CASES_LIKE_THESE",
    "EXIT_BUG",
    "EXIT_FAIL",
    "EXIT_INCONCLUSIVE",
    "EXIT_OK",
    "EXIT_USER",
    "LIVE_TRAFFIC",
    "THESE_CASES",
    "Anchor",
    "Attachment",
    "BenchmarkRef",
    "BudgetError",
    "BugError",
    "Case",
    "ChangeWord",
    "Clock",
    "Comparison",
    "ConfigError",
    "Criterion",
    "Difference",
    "Direction",
    "Estimate",
    "Failed",
    "Fault",
    "FaultOwner",
    "FixedClock",
    "Flip",
    "GateResult",
    "InputError",
    "Interval",
    "Json",
    "Lean",
    "Level",
    "Message",
    "MetricSpec",
    "MissingExtraError",
    "NeededCases",
    "NotFoundError",
    "Output",
    "Provenance",
    "RankedRun",
    "Rating",
    "Rubric",
    "RuleKind",
    "RuleResult",
    "RunStatus",
    "RunSummary",
    "Scale",
    "Scenario",
    "Score",
    "Scored",
    "Skipped",
    "SliceEstimate",
    "Span",
    "StatisticsError",
    "SteelyardError",
    "StoreError",
    "SystemClock",
    "TargetError",
    "Usage",
    "UsageError",
    "UserError",
    "VerdictWord",
    "canonical_json",
    "case_from_json",
    "content_hash",
    "new_id",
    "output_from_json",
    "parse_json",
    "rubric_from_json",
    "span_from_json",
]
