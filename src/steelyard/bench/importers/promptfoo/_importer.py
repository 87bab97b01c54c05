"""promptfoo: a configuration with its tests, or the results it wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import json_line_rows, parse_strict
from steelyard.bench._options import ImportOptions
from steelyard.bench._problems import Problems
from steelyard.bench.importers.promptfoo._results import ResultsFile, import_results, is_result, results_file
from steelyard.core import InputError, Json
from steelyard.text import ReadLimits, read_text

_WHOLE_FILE = ReadLimits(line=2**30)
_KEYS = re.compile(rb"^(prompts|providers|targets|tests|scenarios|defaultTest|redteam)\s*:", re.MULTILINE)
_RESULT_KEYS = (
    b'"testCase"',
    b'"promptIdx"',
    b'"testIdx"',
    b'"gradingResult"',
    b'"namedScores"',
    b'"latencyMs"',
)


@dataclass(frozen=True, slots=True)
class PromptfooImporter:
    """`promptfooconfig.yaml` or `.json`, results as JSON, JSON lines or CSV, and files of tests."""

    title: str = "promptfoo"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by the fields of results and configurations."""
        if path.is_dir() or not head:
            return 0.0
        if head.lstrip().startswith((b"{", b"[")):
            return _sniff_json(head)
        return 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  fields are fixed
        """The whole file, validated."""
        lines = _json_lines(path)
        if lines is not None:
            return import_results(lines, path)
        found = results_file(_json(path))
        if found is None:
            raise InputError("no results", where=str(path))
        return import_results(found, path)


def _sniff_json(head: bytes) -> float:
    hits = sum(key in head for key in _RESULT_KEYS)
    if re.match(rb'\s*\{\s*"evalId"\s*:', head) or hits >= 4:
        return 0.95
    return 0.0


def _json_lines(path: Path) -> ResultsFile | None:
    """The results in a file of JSON lines; None for any other file."""
    problems = Problems(path)
    rows = json_line_rows(path, problems)
    first = next(rows, None)
    if first is None or problems.found or not is_result(first[1]):
        return None
    found = ResultsFile(rows=[first, *rows])
    problems.raise_if_any()
    return found


def _json(path: Path) -> Json:
    try:
        return parse_strict(read_text(path, limits=_WHOLE_FILE))
    except ValueError as error:
        raise InputError(f"the file {error}", where=str(path), hint="Export it again") from error


IMPORTER = PromptfooImporter()
