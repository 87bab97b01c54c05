"""Trajectories of τ-bench: tasks, trials, rewards and the calls that were expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench._trajectory import conversation_output, is_conversation
from steelyard.bench.importers._gathering import Gathering, file_label
from steelyard.bench.importers._tool_rows import load_export, numbered, top_fields
from steelyard.bench.importers._values import as_items, as_object, number_of, text_at
from steelyard.core import Json

_FIELDS = frozenset({"task_id", "reward", "info"})
_TRAJECTORY = re.compile(rb'"traj"\s*:')


@dataclass(frozen=True, slots=True)
class TauBenchImporter:
    """A list of `{task_id, trial, reward, info, traj}`, as `run.py` of τ-bench writes it."""

    title: str = "τ-bench trajectories"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure by the fields of a trial."""
        if path.is_dir() or not head.lstrip().startswith((b"[", b"{")):
            return 0.0
        return 0.95 if top_fields(head) >= _FIELDS and _TRAJECTORY.search(head) else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Tasks as cases, trials as epochs, the reward as a recorded score."""
        gathered = Gathering(path, "tau-bench")
        rows = list(numbered(load_export(path, gathered), gathered))
        tasks = {str(row.get("task_id")): task for _, row in rows if (task := _task(row))}
        first = _first_trial(rows)
        for line, row in rows:
            _take(line, row, gathered, task=tasks.get(str(row.get("task_id")), {}), first=first)
        failed = sum(bool(as_object(row.get("info")).get("error")) for _, row in rows)
        gathered.count("trials that ended in an error: missing here, a reward of 0 in τ-bench", failed)
        return gathered.imported(metrics=("tool_calls:extra=ignore",), slices=False)


def _take(line: int, row: Row, gathered: Gathering, *, task: Mapping[str, Json], first: int) -> None:
    trial = row.get("trial", 0)
    if isinstance(trial, bool) or not isinstance(trial, int) or not 0 <= trial < 10**6:
        gathered.report(line, "trial", "must be a whole number from 0")
        return
    if not task:
        gathered.count("trials of tasks whose instruction is not in the file")
    case_id = gathered.take_case(line, _case(row, task))
    if case_id is not None:
        label = file_label(gathered.path)
        gathered.take_output(line, case_id, _output(row), label=label, epoch=trial - first + 1)


def _case(row: Row, task: Mapping[str, Json]) -> Row:
    actions = [as_object(item) for item in as_items(task.get("actions"))]
    expected: Row = {
        "tool_calls": [
            {
                "name": str(action.get("name") or ""),
                "arguments": action.get("kwargs", action.get("arguments")) or {},
            }
            for action in actions
        ]
    }
    if task.get("outputs"):
        expected["outputs"] = task["outputs"]
    metadata = {name: task[name] for name in ("user_id", "annotator") if task.get(name)}
    return {
        "id": row.get("task_id"),
        "input": text_at(task, "instruction") or f"task {row.get('task_id')}",
        "expected": expected if "actions" in task else None,
        "metadata": metadata,
    }


def _output(row: Row) -> Row:
    info = as_object(row.get("info"))
    messages = row.get("traj")
    recorded: Row = (
        conversation_output(messages) if is_conversation(messages) else {"output": "", "detail": {}}
    )
    kept = {name: info[name] for name in ("source", "user_cost") if info.get(name) is not None}
    reward = number_of(row.get("reward"))
    graded = as_object(as_object(info.get("reward_info")).get("info"))
    scores = {"reward": reward, **{name: number_of(value) for name, value in graded.items()}}
    error = text_at(info, "error")
    return {
        **recorded,
        "output": None if error else recorded["output"],
        "error": error.splitlines()[0][:2000] if error else None,
        "scores": {name: value for name, value in scores.items() if value is not None and not error},
        "detail": {**as_object(recorded.get("detail")), **kept},
    }


def _task(row: Row) -> Mapping[str, Json]:
    return as_object(as_object(row.get("info")).get("task"))


def _first_trial(rows: list[tuple[int, Row]]) -> int:
    """Trials count from 0 as a rule; a file whose trials all count from 1 is taken as it is."""
    trials = [trial for _, row in rows if isinstance(trial := row.get("trial", 0), int)]
    return min(1, min(trials, default=0))


IMPORTER = TauBenchImporter()
