"""DeepEval: datasets of goldens, saved test runs, the latest run of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench._suggestion import suggest_metrics
from steelyard.bench.importers._gathering import Gathering, label_of
from steelyard.bench.importers._suggested import suggested_metrics
from steelyard.bench.importers._tool_rows import load_export, numbered, top_fields
from steelyard.bench.importers._values import as_object, without_secrets
from steelyard.bench.importers.deepeval._answer import recorded_answer
from steelyard.bench.importers.deepeval._fields import OWN, fields, snake
from steelyard.bench.importers.deepeval._golden import GoldenReader
from steelyard.core import Case, InputError, Json

_CASE_LISTS = ("test_cases", "conversational_test_cases")
_FAILED = "metrics that failed (their scores are missing, and with them the verdict of the test)"


@dataclass(frozen=True, slots=True)
class DeepEvalImporter:
    """Goldens as JSON, JSON lines or CSV, and test runs as DeepEval saves them."""

    title: str = "DeepEval"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by the envelope of a test run, or by three fields of its own beside a question."""
        if path.is_dir() or not head:
            return 0.0
        names = {snake(name) for name in top_fields(head)}
        if "test_run_data" in names or {"test_cases", "conversational_test_cases"} <= names:
            return 0.95
        asks = bool(names & {"input", "scenario", "turns"})
        own = len(names & OWN)
        if own >= 4 or {"scenario", "turns", "expected_outcome"} <= names:
            return 0.9 if asks else 0.0
        return 0.6 if asks and own == 3 else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Every golden or test case, validated."""
        gathering = Gathering(path, "deepeval")
        value = load_export(path, gathering)
        _Reader(gathering, _test_run(value, path)).read(value)
        imported = gathering.imported()
        mapped, lost = _by_expectations(imported.cases)
        metrics, notes = suggested_metrics(imported.runs, mapped)
        return replace(imported, metrics=metrics, notes=(*imported.notes, *lost, *notes))


class _Reader:
    """Takes the rows of one file, of a test run or of a dataset."""

    def __init__(self, gathering: Gathering, run: Row | None) -> None:
        self._gathering = gathering
        self._run = run
        self._goldens = GoldenReader(gathering)

    def read(self, value: Json) -> None:
        """Take every row."""
        if self._run is None:
            self._take(value, "")
            return
        for name in _CASE_LISTS:
            self._take(self._run.get(name) or [], name)
        self._gathering.describe_run(self._label, target=self._target())

    @property
    def _label(self) -> str:
        run = self._run or {}
        settings = as_object(run.get("hyperparameters"))
        own = self._gathering.path.name.strip(".").split(".")[0]
        return label_of(run.get("identifier"), settings.get("model"), own, default="recorded")

    def _take(self, rows: Json, place: str) -> None:
        for line, raw in numbered(rows, self._gathering, place=place):
            row = fields(raw)
            case_id = self._goldens.take(line, row)
            output, failed = recorded_answer(row, is_result=self._run is not None)
            self._gathering.count(_FAILED, failed)
            if case_id is not None and output is not None:
                self._gathering.take_output(line, case_id, output, label=self._label, place=place)

    def _target(self) -> dict[str, Json]:
        run = self._run or {}
        kept = ("identifier", "hyperparameters", "prompts", "dataset_alias", "test_file")
        target: dict[str, Json] = without_secrets({name: run.get(name) for name in kept})
        return target


def _test_run(value: Json, path: Path) -> Row | None:
    """The test run in a file, with or without its envelope; None for a dataset."""
    if not isinstance(value, Mapping):
        return None
    whole = fields(value)
    run = fields(as_object(whole.get("test_run_data"))) or whole
    if {*_CASE_LISTS, "metrics_scores"} & run.keys() or "testCases" in value:
        return run
    raise InputError(
        "is neither a dataset nor a test run of DeepEval",
        where=str(path),
        hint="A dataset is a list of goldens; a test run is saved as test_run_DATE.json",
    )


def _by_expectations(cases: Sequence[Case]) -> tuple[list[str], list[str]]:
    """Metrics of the expected texts and of the expected tool calls, and a note on those that only some have.

    What a conversation should come to is said in words for a judge: no metric compares it.
    """
    asked = [case for case in cases if case.input is not None]
    texts = [replace(case, expected=_text(case.expected)) for case in asked]
    metrics = list(suggest_metrics(texts, ()))
    calls = sum(isinstance(case.expected, Mapping) for case in asked)
    if calls and calls == len(asked):
        return ["tool_calls", *metrics], []
    note = f"tool calls are expected of {calls:,} of {len(cases):,} cases: score them with tool_calls"
    return metrics, [note] if calls else []


def _text(expected: Json) -> Json:
    return expected.get("text") if isinstance(expected, Mapping) else expected


IMPORTER = DeepEvalImporter()
