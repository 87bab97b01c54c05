"""Exports of LangSmith: datasets of examples, runs, and experiments with feedback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench.importers._exchanges import answer, asked, expected, marks
from steelyard.bench.importers._gathering import Gathering, file_label, label_of
from steelyard.bench.importers._langsmith_run import child_spans, run_fault, run_latency, run_usage
from steelyard.bench.importers._tool_rows import head_fields, load_export, numbered, top_fields
from steelyard.bench.importers._values import amount_at, as_items, as_object, parsed_cell, text_at
from steelyard.core import Json

_EXAMPLE = frozenset({"dataset_id", "source_run_id", "modified_at", "created_at", "attachment_urls", "split"})
_PREFIXES = {
    "inputs": "inputs",
    "input": "inputs",
    "outputs": "outputs",
    "output": "outputs",
    "reference": "reference",
    "reference_outputs": "reference",
    "feedback": "feedback",
    "feedback_stats": "feedback",
}
_WHOLE = {
    "referenceoutputs": "reference",
    "referenceoutput": "reference",
    "inputs": "inputs",
    "input": "inputs",
} | {
    "outputs": "outputs",
    "output": "outputs",
    "feedback": "feedback",
    "feedbackstats": "feedback",
    "executiontime": "execution_time",
    "exampleid": "example_id",
}


@dataclass(frozen=True, slots=True)
class LangSmithImporter:
    """JSON, JSON lines and CSV of examples, of runs, and of experiments as the SDK gives them."""

    title: str = "LangSmith export"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by fields that only LangSmith writes together."""
        if path.is_dir() or not head:
            return 0.0
        fields, top = head_fields(head), top_fields(head)
        if {"examples_with_runs"} <= top or {"run", "example", "evaluation_results"} <= top:
            return 0.95
        if "results.actual_outputs" in fields or {"run_type", "inputs"} <= top:
            return 0.9
        return max(_sniff_columns(fields), _sniff_examples(fields, top, head))

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Examples as cases, experiments as runs."""
        gathered = Gathering(path, "langsmith")
        reader = _Reader(gathered)
        value = load_export(path, gathered)
        if isinstance(value, Mapping):
            value = _unwrapped(value, reader)
        rows = list(numbered(value, gathered))
        children = _children(rows)
        for line, row in rows:
            reader.take(line, row, children=children)
        return gathered.imported()


class _Reader:
    def __init__(self, gathered: Gathering) -> None:
        self._gathered = gathered
        self.experiment = ""

    def take(self, line: int, row: Row, *, children: Mapping[str, list[Row]]) -> None:
        """Read one row, whichever kind it is."""
        if isinstance(row.get("example"), Mapping) and "run" in row:
            results = as_object(row.get("evaluation_results")).get("results")
            run = as_object(row["run"])
            self._example_with_runs(line, as_object(row["example"]), [{**run, "feedback": results}])
        elif isinstance(row.get("runs"), list):
            self._example_with_runs(line, row, [as_object(item) for item in as_items(row["runs"])])
        elif "actual_outputs" in row:
            self._uploaded(line, row)
        elif "run_type" in row:
            if text_at(row, "parent_run_id"):
                return
            self._run(line, row, children.get(text_at(row, "trace_id") or text_at(row, "id"), []))
        else:
            self._flat(line, _grouped(row))

    def _example_with_runs(
        self, line: int, example: Mapping[str, Json], runs: list[Mapping[str, Json]]
    ) -> None:
        case_id = self._case(line, example.get("id"), example.get("inputs"), example.get("outputs"), example)
        for run in runs if case_id is not None else ():
            self._answer(line, case_id or "", run, spans=[])

    def _uploaded(self, line: int, row: Row) -> None:
        case_id = self._case(line, row.get("row_id"), row.get("inputs"), row.get("expected_outputs"), row)
        if case_id is not None:
            run = {**row, "outputs": row.get("actual_outputs"), "feedback": row.get("evaluation_scores")}
            self._answer(line, case_id, run, spans=[])

    def _run(self, line: int, row: Row, children: list[Row]) -> None:
        reference = as_object(row.get("reference_example"))
        known = reference.get("outputs", row.get("reference_outputs"))
        if asked(row.get("inputs")) is None:
            self._gathered.count("runs without inputs, left out")
            return
        case_id = self._case(line, row.get("reference_example_id"), row.get("inputs"), known, {})
        if case_id is not None:
            self._answer(line, case_id, row, spans=child_spans(children))

    def _flat(self, line: int, row: Row) -> None:
        """An example, or a row of an experiment's table: then `outputs` is the answer."""
        recorded = {"reference", "feedback", "execution_time", "error"} & row.keys()
        known = row.get("reference") if recorded else row.get("outputs")
        case_id = self._case(
            line,
            row.get("example_id") or (None if recorded else row.get("id")),
            row.get("inputs"),
            known,
            row,
        )
        if case_id is not None and recorded:
            self._answer(line, case_id, row, spans=[])

    def _case(
        self, line: int, wanted: Json, inputs: Json, outputs: Json, row: Mapping[str, Json]
    ) -> str | None:
        gathered, question, known = self._gathered, asked(inputs), expected(outputs)
        metadata = {**as_object(parsed_cell(row.get("metadata")))}
        splits = metadata.pop("dataset_split", None) or row.get("split")
        split = next((item for item in ([splits] if isinstance(splits, str) else as_items(splits))), None)
        if row.get("attachment_urls"):
            gathered.count("examples whose attachments did not carry over")
        case: Row = {
            "id": wanted
            if isinstance(wanted, str | int) and wanted != ""
            else gathered.derived_id(question, known),
            "input": question,
            "expected": known,
            "split": split if isinstance(split, str) and split not in ("base", "") else None,
            "metadata": metadata,
        }
        return gathered.take_case(line, case)

    def _answer(self, line: int, case_id: str, run: Mapping[str, Json], *, spans: list[Row]) -> None:
        given = run.get("feedback", run.get("feedback_stats"))
        scores, said = marks(given)
        recorded = answer(run.get("outputs"))
        fault = run_fault(run)
        detail = {**as_object(recorded.get("detail")), "run_id": text_at(run, "id"), "scores": said}
        extra = as_object(as_object(run.get("extra")).get("metadata"))
        if text_at(extra, "ls_model_name"):
            detail["model"] = extra["ls_model_name"]
        label = label_of(
            self.experiment,
            run.get("experiment_name"),
            run.get("session_name"),
            run.get("experiment"),
            run.get("session_id"),
            default=file_label(self._gathered.path),
        )
        self._gathered.take_output(
            line,
            case_id,
            {
                **recorded,
                "output": None if fault else recorded["output"],
                "error": fault,
                "latency_s": run_latency(run),
                "cost_usd": amount_at(run, "total_cost"),
                "usage": run_usage(run),
                "trace": spans or recorded.get("trace"),
                "scores": scores,
                "detail": {name: value for name, value in detail.items() if value not in (None, "", [], {})},
            },
            label=label,
        )


def _unwrapped(value: Mapping[str, Json], reader: _Reader) -> Json:
    """The list in an envelope: an experiment, an upload, a page, a dataset."""
    reader.experiment = text_at(value, "experiment_name")
    for name in ("examples_with_runs", "results", "examples", "runs", "data"):
        if isinstance(value.get(name), list) and not (name == "runs" and "inputs" in value):
            return value[name]
    return [value]


def _children(rows: list[tuple[int, Row]]) -> dict[str, list[Row]]:
    """Trace id to the runs below its root."""
    found: dict[str, list[Row]] = {}
    for _, row in rows:
        if "run_type" in row and text_at(row, "parent_run_id"):
            found.setdefault(text_at(row, "trace_id"), []).append(row)
    return found


def _grouped(row: Row) -> Row:
    """Columns such as `inputs.question` and `feedback.score` put together, others by their plain name."""
    found: Row = {}
    for name, value in row.items():
        head, dot, rest = name.partition(".")
        plain = "".join(letter for letter in name.lower() if letter.isalnum())
        group = _PREFIXES.get(head) if dot else None
        if group is not None:
            whole = found.setdefault(group, {})
            if isinstance(whole, dict) and value not in (None, ""):
                whole[rest] = value
        else:
            found[_WHOLE.get(plain, name)] = parsed_cell(value)
    return found


def _sniff_columns(fields: frozenset[str]) -> float:
    """The table of an experiment: `inputs.…`, `outputs.…`, `reference.…`, `feedback.…`."""
    heads = {name.partition(".")[0] for name in fields if "." in name}
    if "inputs" in heads and {"reference", "feedback"} & heads:
        return 0.9
    if "inputs" in heads and "outputs" in heads and {"execution_time", "example_id"} & fields:
        return 0.9
    plain = {"".join(letter for letter in name.lower() if letter.isalnum()) for name in fields}
    return 0.8 if {"inputs", "referenceoutputs", "outputs"} <= plain else 0.0


def _sniff_examples(fields: frozenset[str], top: frozenset[str], head: bytes) -> float:
    if not {"inputs", "outputs"} <= top or {"input", "output"} & top:
        return 0.0
    if top & _EXAMPLE:
        return 0.85
    nested = {name.partition(".")[0] for name in fields if "." in name}
    exact = top <= {"inputs", "outputs", "metadata", "id", "name"}
    return 0.6 if {"inputs", "outputs"} <= nested and exact and head.lstrip()[:1] in (b"{", b"[") else 0.0


IMPORTER = LangSmithImporter()
