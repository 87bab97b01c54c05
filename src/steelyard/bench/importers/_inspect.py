"""Logs of Inspect: one run with its samples, scores and tool calls; and rows of Inspect datasets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row, json_array_rows, json_line_rows
from steelyard.bench._options import ImportOptions
from steelyard.bench.importers._archive import open_archive
from steelyard.bench.importers._gathering import Gathering, file_label, label_of
from steelyard.bench.importers._inspect_archive import EvalArchive
from steelyard.bench.importers._inspect_messages import Attachments
from steelyard.bench.importers._inspect_sample import SampleReader, case_row
from steelyard.bench.importers._tool_rows import top_fields
from steelyard.bench.importers._values import (
    as_items,
    as_object,
    check_plain,
    parse_tool_json,
    plain_settings,
    text_at,
)
from steelyard.core import InputError, Json
from steelyard.text import ReadLimits, read_text

_LARGEST_JSON = ReadLimits(line=2 * 2**30)
_LOG_KEYS = (b'"eval"', b'"task_id"', b'"run_id"')
_ROW_KEYS = frozenset({"id", "input", "target", "choices", "metadata", "sandbox", "files", "setup"})
_OWN_ROW_KEYS = _ROW_KEYS - {"id", "input", "target", "metadata"}
_MEMBER = re.compile(rb"(_journal/start\.json|samples/[^\x00]{1,300}_epoch_\d+(\.json|/)|header\.json)")
_TARGET_KEYS = (
    "model",
    "model_base_url",
    "model_generate_config",
    "model_args",
    "model_roles",
    "task",
    "task_version",
    "task_args",
    "solver",
    "solver_args",
    "sandbox",
    "config",
    "revision",
    "packages",
)


@dataclass(frozen=True, slots=True)
class InspectImporter:
    """`.json` and `.eval` logs (deflate or Zstandard members, whole or chunked samples), and dataset rows."""

    title: str = "Inspect log or dataset"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by the members of the archive, or by the fields of a log."""
        if path.is_dir():
            return 0.0
        if head.startswith(b"PK\x03\x04"):
            return 0.95 if _MEMBER.search(head) else 0.6 if path.suffix.lower() == ".eval" else 0.0
        text = head.lstrip()
        if text.startswith(b"{") and all(key in head for key in _LOG_KEYS) and b'"status"' in head[:2000]:
            return 0.95
        return 0.6 if _is_dataset_row(text) else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """The log's cases and its run, or the cases of a dataset."""
        gathered = Gathering(path, "inspect")
        with path.open("rb") as file:
            archived = file.read(4) == b"PK\x03\x04"
        if archived:
            return _read_archive(path, gathered)
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            return _read_dataset(list(json_line_rows(path, gathered.problems)), gathered)
        lost: Counter[str] = Counter()
        try:
            log = parse_tool_json(read_text(path, limits=_LARGEST_JSON), lost)
        except ValueError as error:
            raise InputError(
                f"the file {error}", where=str(path), hint="Give the log as it was written"
            ) from error
        if not isinstance(log, Mapping) or "eval" not in log:
            return _read_dataset(json_array_rows(path, gathered.problems), gathered)
        header = {name: value for name, value in log.items() if name != "samples"}
        reader = _start(header, gathered)
        for number, sample in enumerate(as_items(log.get("samples")), start=1):
            if isinstance(sample, Mapping):
                reader.take(number, sample, place=f"samples[{number - 1}]")
            else:
                gathered.report(number, f"samples[{number - 1}]", "is not an object")
        return _finish(header, gathered, lost=lost)


def _read_archive(path: Path, gathered: Gathering) -> Imported:
    with open_archive(path) as archive:
        log = EvalArchive(path=path, archive=archive, problems=gathered.problems)
        header, finished = log.header()
        reader = _start(header, gathered)
        for name, sample in log.samples():
            reader.take(0, sample, place=name)
    if not finished:
        gathered.notes.append(
            "the log is unfinished: it holds the samples that were written before it stopped"
        )
    return _finish(header, gathered, lost=log.lost, finished=finished)


def _start(header: Mapping[str, Json], gathered: Gathering) -> SampleReader:
    try:
        check_plain(header)
    except ValueError as error:
        raise InputError(f"the log's header {error}", where=str(gathered.path)) from error
    spec = as_object(header.get("eval"))
    model = text_at(spec, "model")
    return SampleReader(
        gathered, label=_label(header, gathered.path), model=model, scorer=_first_scorer(header)
    )


def _finish(
    header: Mapping[str, Json], gathered: Gathering, *, lost: Counter[str], finished: bool = True
) -> Imported:
    spec, results = as_object(header.get("eval")), as_object(header.get("results"))
    gathered.problems.raise_if_any()
    if not len(gathered):
        raise InputError(
            "the log holds no samples",
            where=str(gathered.path),
            hint="It was written without them (--no-log-samples), or stopped before the first was done",
        )
    status = text_at(header, "status")
    if status and status != "success" and finished:
        why = text_at(as_object(header.get("error")), "message")
        gathered.notes.append(
            f"the log's status is '{status}'{f': {why.splitlines()[0][:200]}' if why else ''}"
        )
    if lost:
        gathered.count(f"numbers that JSON does not know ({', '.join(sorted(lost))}), left out", lost.total())
    _note_shortfall(spec, results, gathered)
    gathered.order([str(name) for name in as_items(as_object(spec.get("dataset")).get("sample_ids"))])
    label = _label(header, gathered.path)
    target = {name: spec[name] for name in _TARGET_KEYS if name in spec}
    steps = [
        text_at(as_object(step), "solver") for step in as_items(as_object(header.get("plan")).get("steps"))
    ]
    started = text_at(as_object(header.get("stats")), "started_at") or text_at(spec, "created")
    gathered.describe_run(
        label,
        target=plain_settings({**target, "solvers": [step for step in steps if step]}),
        started=started,
    )
    dataset = as_object(spec.get("dataset"))
    detail = {
        "task": spec.get("task"),
        "dataset": dataset.get("name"),
        "eval_id": spec.get("eval_id"),
        "inspect": as_object(spec.get("packages")).get("inspect_ai"),
    }
    return gathered.imported(detail={name: value for name, value in detail.items() if isinstance(value, str)})


def _note_shortfall(spec: Mapping[str, Json], results: Mapping[str, Json], gathered: Gathering) -> None:
    """Say when the log speaks of more cases than it holds."""
    ids = as_items(as_object(spec.get("dataset")).get("sample_ids"))
    if len(ids) > len(gathered):
        gathered.notes.append(f"the log holds {len(gathered):,} of the {len(ids):,} samples that it names")
    if results.get("early_stopping"):
        gathered.notes.append("the log was stopped early on purpose; samples left out are not in it")
    reducers = as_object(spec.get("config")).get("epochs_reducer")
    if isinstance(reducers, list) and reducers and reducers != ["mean"]:
        names = ", ".join(str(name)[:40] for name in reducers[:10])
        gathered.notes.append(
            f"epochs were reduced by {names} there; here each epoch is a sample of its case"
        )


def _label(header: Mapping[str, Json], path: Path) -> str:
    spec = as_object(header.get("eval"))
    model = spec.get("model")
    return label_of(
        None if model in ("none", "none/none") else model, spec.get("solver"), default=file_label(path)
    )


def _first_scorer(header: Mapping[str, Json]) -> str:
    """The scorer's name, for old logs whose samples hold one nameless score."""
    results = as_object(header.get("results"))
    for item in as_items(results.get("scores")):
        if name := text_at(as_object(item), "name", "scorer"):
            return name
    return text_at(as_object(results.get("scorer")), "name")


def _read_dataset(rows: list[tuple[int, Row]], gathered: Gathering) -> Imported:
    for line, row in rows:
        for name in ("sandbox", "files", "setup"):
            if row.get(name):
                gathered.count(f"samples whose {name} did not carry over")
        case = case_row(row, Attachments({}))
        if case["id"] is None:
            case["id"] = gathered.fresh_id(gathered.derived_id(case["input"]))
        gathered.take_case(line, case)
    return gathered.imported()


def _is_dataset_row(text: bytes) -> bool:
    """Whether the first row has the fields of an Inspect sample, and one that no generic table has."""
    fields = top_fields(text) if text.startswith((b"{", b"[")) else frozenset[str]()
    return {"input", "target"} <= fields <= _ROW_KEYS and bool(fields & _OWN_ROW_KEYS)


IMPORTER = InspectImporter()
