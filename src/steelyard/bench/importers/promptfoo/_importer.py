"""promptfoo: a configuration with its tests, or the results it wrote."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row, json_line_rows, parse_strict
from steelyard.bench._options import ImportOptions
from steelyard.bench._problems import Problems
from steelyard.bench.importers._tool_rows import written_as
from steelyard.bench.importers._values import as_items, as_object
from steelyard.bench.importers.promptfoo._config import (
    CONFIG_KEYS,
    import_config,
    import_tests,
    is_config,
    is_test_list,
)
from steelyard.bench.importers.promptfoo._result_table import import_result_table, is_table_of_results
from steelyard.bench.importers.promptfoo._results import ResultsFile, import_results, is_result, results_file
from steelyard.bench.importers.promptfoo._test_files import csv_tests, has_test_columns
from steelyard.core import InputError, Json
from steelyard.text import ReadLimits, open_text_bytes, parse_yaml, read_text

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
        """Sure by the fields of results and configurations, and by the special columns of its tables."""
        if path.is_dir() or not head or b"\x00" in head:
            return 0.0
        if head.lstrip().startswith((b"{", b"[")):
            return _sniff_json(head)
        if path.suffix.lower() in (".yaml", ".yml"):
            return _sniff_yaml(path, head)
        return 0.9 if is_table_of_results(head) or has_test_columns(_header(head)) else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  fields are fixed
        """The whole file, validated."""
        if path.suffix.lower() in (".csv", ".tsv"):
            with open_text_bytes(path) as stream:
                head = stream.read(65_536)
            return (
                import_result_table(path)
                if is_table_of_results(head)
                else import_tests(csv_tests(path), path)
            )
        if path.suffix.lower() in (".yaml", ".yml"):
            return _import_value(_yaml(path), path)
        lines = _json_lines(path)
        return _import_lines(lines, path) if lines else _import_value(_json(path), path)


def _import_lines(rows: list[tuple[int, Row]], path: Path) -> Imported:
    if is_result(rows[0][1]):
        return import_results(ResultsFile(rows=rows), path)
    return import_tests([row for _, row in rows], path)


def _import_value(value: Json, path: Path) -> Imported:
    found = results_file(value)
    if found is not None:
        return import_results(found, path)
    if is_test_list(value):
        return import_tests([as_object(item) for item in as_items(value)], path)
    if is_config(value):
        return import_config(as_object(value), path)
    raise InputError(
        "is neither results, a configuration nor tests of promptfoo",
        where=str(path),
        hint="Write results with: promptfoo eval -o results.json",
    )


def _sniff_json(head: bytes) -> float:
    hits = sum(key in head for key in _RESULT_KEYS)
    if re.match(rb'\s*\{\s*"evalId"\s*:', head) or hits >= 4:
        return 0.95
    config = [key for key in CONFIG_KEYS if f'"{key}"'.encode() in head]
    if head.lstrip().startswith(b"{") and {"prompts", "providers"} <= set(config) and len(config) > 2:
        return 0.9
    return 0.8 if head.count(b'"vars"') and head.count(b'"assert"') and b'"type"' in head else 0.0


def _sniff_yaml(path: Path, head: bytes) -> float:
    keys = {key.decode() for key in _KEYS.findall(head)}
    if path.name.startswith("promptfooconfig") or (keys & {"prompts"} and len(keys) > 1):
        return 0.95
    if re.search(rb"^#.*promptfoo", head, re.MULTILINE) and keys:
        return 0.9
    is_list = re.search(rb"^- ", head, re.MULTILINE) and re.search(rb"^(- |  )vars:", head, re.MULTILINE)
    return 0.8 if is_list or ("tests" in keys and len(keys) > 1) else 0.0


def _header(head: bytes) -> list[str]:
    first = head.decode("utf-8", "replace").partition("\n")[0]
    return next(csv.reader([first]), []) if "," in first else first.split("\t")


def _json_lines(path: Path) -> list[tuple[int, Row]] | None:
    """The rows of a file of JSON lines, results or tests; None for any other file."""
    if written_as(path, _head(path)) != "jsonl":
        return None
    problems = Problems(path)
    rows = json_line_rows(path, problems)
    first = next(rows, None)
    if first is None or problems.found or not (is_result(first[1]) or is_test_list([first[1]])):
        return None
    found = [first, *rows]
    problems.raise_if_any()
    return found


def _head(path: Path) -> bytes:
    with open_text_bytes(path) as stream:
        return stream.read(65_536).removeprefix(b"\xef\xbb\xbf")


def _json(path: Path) -> Json:
    try:
        return parse_strict(read_text(path, limits=_WHOLE_FILE))
    except ValueError as error:
        raise InputError(f"the file {error}", where=str(path), hint="Export it again") from error


def _yaml(path: Path) -> Json:
    try:
        return parse_yaml(read_text(path))
    except ValueError as error:
        raise InputError(f"the file {error}", where=str(path), hint="Mend it and try again") from error


IMPORTER = PromptfooImporter()
