"""Benchmarks: versioned, content-addressed sets of cases."""

from steelyard.bench._add import AddResult, add_version, check_name, check_tag
from steelyard.bench._describe import VersionDescription, describe_version
from steelyard.bench._diff import CaseChange, VersionDiff, diff_versions
from steelyard.bench._export import EXPORT_FORMATS, export_cases
from steelyard.bench._imported import Imported, ImportedRun
from steelyard.bench._mapping import (
    FIELDS,
    ColumnChoice,
    ColumnMapping,
    mapping_from_json,
    parse_override,
)
from steelyard.bench._options import Importer, ImportOptions
from steelyard.bench._problems import Problem, Problems
from steelyard.bench._read import read_cases
from steelyard.bench._resolve import resolve_version
from steelyard.bench._select import select_cases
from steelyard.bench._store import BenchmarkStore
from steelyard.bench._version import BenchmarkVersion, version_hash
from steelyard.bench.check import RULES, CheckReport, Finding, Rule, Severity, check_cases
from steelyard.bench.contamination import (
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
from steelyard.bench.importers import detect_format, importer_names, load_importer, plain_rows

__all__ = [
    "CANARY_FIELD",
    "EXPORT_FORMATS",
    "FIELDS",
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
    "Finding",
    "ImportOptions",
    "Imported",
    "ImportedRun",
    "Importer",
    "OverlapRule",
    "Problem",
    "Problems",
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
    "select_cases",
    "twin_gap",
    "twin_links",
    "version_hash",
    "worsened",
]
