"""Runs: a benchmark version, a target and metrics, executed resumably and recorded for good."""

from steelyard.runs._claim import as_it_stands
from steelyard.runs._consistency import consistency
from steelyard.runs._execute import execute, resume, run_version
from steelyard.runs._export import export_rows
from steelyard.runs._import import import_run
from steelyard.runs._measure import effective_spec
from steelyard.runs._plan import RunHooks, RunPlan, RunStores
from steelyard.runs._prefix import complete_prefix, planned_samples
from steelyard.runs._progress import Progress, ProgressCallback
from steelyard.runs._record import (
    STATE_FAILED,
    STATE_SCORED,
    STATE_SKIPPED,
    RunRecord,
    RunTotals,
    Sample,
    SampleRow,
    ScoreTable,
)
from steelyard.runs._rescore import rescore
from steelyard.runs._robustness import robustness
from steelyard.runs._sealed import is_sealed
from steelyard.runs._signature import metric_signature
from steelyard.runs._store import RunStore, SampleStore
from steelyard.runs._subset import estimates_on
from steelyard.runs._summarise import summarise

__all__ = [
    "STATE_FAILED",
    "STATE_SCORED",
    "STATE_SKIPPED",
    "Progress",
    "ProgressCallback",
    "RunHooks",
    "RunPlan",
    "RunRecord",
    "RunStore",
    "RunStores",
    "RunTotals",
    "Sample",
    "SampleRow",
    "SampleStore",
    "ScoreTable",
    "as_it_stands",
    "complete_prefix",
    "consistency",
    "effective_spec",
    "estimates_on",
    "execute",
    "export_rows",
    "import_run",
    "is_sealed",
    "metric_signature",
    "planned_samples",
    "rescore",
    "resume",
    "robustness",
    "run_version",
    "summarise",
]
