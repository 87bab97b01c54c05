from ._add import AddResult, add_version, check_name, check_tag
from ._coverage import MOST_VALUES, Cover, Coverage, CrossedDimensions, slice_coverage
from ._describe import VersionDescription, describe_version
from ._diff import CaseChange, VersionDiff, diff_versions
from ._export import EXPORT_FORMATS, export_cases
from ._imported import Imported, ImportedRun
from ._mapping import FIELDS, ColumnChoice, ColumnMapping, mapping_from_json, parse_override
from ._options import Importer, ImportOptions
from ._parquet import check_parquet
from ._problems import Problem, Problems
from ._read import read_cases
from ._resolve import resolve_version
from ._revise import Revision, RevisionStore, revise_version
from ._select import select_cases
from ._store import BenchmarkStore
from ._version import BenchmarkVersion, version_hash
from .check import RULES, CheckReport, Finding, Rule, Severity, check_cases
from .contamination import (
    CANARY_FIELD,
    TWIN_LINK,
    Answer,
    CaseScores,
    Completion,
    CorpusProgress,
    OverlapRule,
    canaries_of,
    canary_guid,
    canary_text,
    check_contamination,
    completion_cases,
    completion_evidence,
    completion_summary,
    is_completion,
    is_suspicious_gap,
    judge_completions,
    twin_gap,
    twin_links,
    worsened,
)
from .importers import detect_format, importer_names, load_importer, plain_rows

__all__ = [
    "CANARY_FIELD",
    "EXPORT_FORMATS",
    "FIELDS",
    "MOST_VALUES",
    "RULES",
    "TWIN_LINK",
    "AddResult",
    "Answer",
    "BenchmarkStore",
    "BenchmarkVersion",
    "CaseChange",
    "CaseScores",
    "CheckReport",
    "ColumnChoice",
    "ColumnMapping",
    "Completion",
    "CorpusProgress",
    "Cover",
    "Coverage",
    "CrossedDimensions",
    "Finding",
    "ImportOptions",
    "Imported",
    "ImportedRun",
    "Importer",
    "OverlapRule",
    "Problem",
    "Problems",
    "Revision",
    "RevisionStore",
    "Rule",
    "Severity",
    "VersionDescription",
    "VersionDiff",
    "add_version",
    "canaries_of",
    "canary_guid",
    "canary_text",
    "check_cases",
    "check_contamination",
    "check_name",
    "check_parquet",
    "check_tag",
    "completion_cases",
    "completion_evidence",
    "completion_summary",
    "describe_version",
    "detect_format",
    "diff_versions",
    "export_cases",
    "importer_names",
    "is_completion",
    "is_suspicious_gap",
    "judge_completions",
    "load_importer",
    "mapping_from_json",
    "parse_override",
    "plain_rows",
    "read_cases",
    "resolve_version",
    "revise_version",
    "select_cases",
    "slice_coverage",
    "twin_gap",
    "twin_links",
    "version_hash",
    "worsened",
]
