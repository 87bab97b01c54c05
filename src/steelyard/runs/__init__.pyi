from ._agents import agent_report
from ._claim import as_it_stands
from ._consistency import consistency
from ._execute import execute, resume, run_version
from ._export import export_rows
from ._import import import_run
from ._measure import effective_spec
from ._once import Tried, answer_once
from ._plan import RunHooks, RunPlan, RunStores
from ._prefix import complete_prefix, planned_samples
from ._progress import Progress, ProgressCallback
from ._record import (
    STATE_FAILED,
    STATE_SCORED,
    STATE_SKIPPED,
    RunRecord,
    RunTotals,
    Sample,
    SampleRow,
    ScoreTable,
)
from ._rescore import rescore
from ._robustness import robustness
from ._sealed import is_sealed
from ._signature import metric_signature
from ._store import RunStore, SampleStore
from ._subset import estimates_on
from ._summarise import summarise

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
    "Tried",
    "agent_report",
    "answer_once",
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
