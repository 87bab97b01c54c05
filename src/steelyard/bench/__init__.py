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
from steelyard.bench._read import read_cases
from steelyard.bench._resolve import resolve_version
from steelyard.bench._select import select_cases
from steelyard.bench._store import BenchmarkStore
from steelyard.bench._version import BenchmarkVersion, version_hash
from steelyard.bench.check import RULES, CheckReport, Finding, Rule, Severity, check_cases
from steelyard.bench.importers import detect_format, importer_names, load_importer

__all__ = [
    "EXPORT_FORMATS",
    "FIELDS",
    "RULES",
    "AddResult",
    "BenchmarkStore",
    "BenchmarkVersion",
    "CaseChange",
    "CheckReport",
    "ColumnChoice",
    "ColumnMapping",
    "Finding",
    "ImportOptions",
    "Imported",
    "ImportedRun",
    "Importer",
    "Rule",
    "Severity",
    "VersionDescription",
    "VersionDiff",
    "add_version",
    "check_cases",
    "check_name",
    "check_tag",
    "describe_version",
    "detect_format",
    "diff_versions",
    "export_cases",
    "importer_names",
    "load_importer",
    "mapping_from_json",
    "parse_override",
    "read_cases",
    "resolve_version",
    "select_cases",
    "version_hash",
]
