"""The log of an `oaieval` run: what was asked, what was answered, and how it was scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench.importers._gathering import Gathering, file_label, label_of
from steelyard.bench.importers._values import (
    as_items,
    as_object,
    count_at,
    number_of,
    plain_settings,
    shown_text,
    text_at,
)
from steelyard.core import Json

_KNOWN = frozenset({"match", "sampling", "metrics", "error", "raw_sample", "raw", "extra", "pick_option"})


@dataclass(slots=True)
class _Sample:
    line: int
    prompt: Json = None
    answer: str | None = None
    ideal: Json = None
    scores: dict[str, float] = field(default_factory=dict)
    marks: Row = field(default_factory=dict)
    error: str = ""
    usage: Row = field(default_factory=dict)
    further: int = 0


def is_log_line(row: Mapping[str, Json]) -> bool:
    """Whether a row is the first line of a log."""
    return isinstance(row.get("spec"), Mapping)


def read_log(rows: list[tuple[int, Row]], gathered: Gathering) -> Imported:
    """Cases and one run; raises InputError with every problem."""
    spec: Mapping[str, Json] = {}
    report: Mapping[str, Json] = {}
    samples: dict[str, _Sample] = {}
    for line, row in rows:
        if is_log_line(row):
            spec = as_object(row["spec"])
        elif "final_report" in row:
            report = as_object(row["final_report"])
        elif row.get("sample_id") is None:
            gathered.count("events that belong to no sample, left out")
        else:
            sample = samples.setdefault(str(row["sample_id"]), _Sample(line))
            _take_event(sample, text_at(row, "type"), as_object(row.get("data")), gathered)
    label = _label(spec, gathered)
    for name, sample in samples.items():
        _take_sample(name, sample, gathered, label=label)
    if not report:
        gathered.notes.append("the log has no final report: the run did not finish")
    kept = ("completion_fns", "eval_name", "base_eval", "split", "run_config", "run_id")
    target = plain_settings({name: spec.get(name) for name in kept})
    gathered.describe_run(label, target=target, started=text_at(spec, "created_at"))
    return gathered.imported(detail={"eval": text_at(spec, "eval_name")})


def _take_event(sample: _Sample, kind: str, data: Mapping[str, Json], gathered: Gathering) -> None:
    if kind == "sampling":
        _take_sampling(sample, data)
    elif kind == "match":
        correct = number_of(data.get("correct"))
        if correct is not None:
            sample.scores["match"] = min(correct, sample.scores.get("match", correct))
        if sample.ideal is None:
            sample.ideal = _texts(data.get("expected"))
        if sample.answer is None and data.get("sampled") is not None:
            sample.answer = _answer(data["sampled"])
        sample.marks["picked"] = data.get("picked")
    elif kind == "metrics":
        for name, value in data.items():
            number = number_of(value)
            if number is None:
                sample.marks[name] = value
            else:
                sample.scores[name] = number
    elif kind == "error":
        sample.error = text_at(data, "message", "error", "type") or shown_text(dict(data))[:2000]
    elif kind not in _KNOWN:
        gathered.count(f"events of type '{kind[:60]}', which did not carry over")


def _take_sampling(sample: _Sample, data: Mapping[str, Json]) -> None:
    """The first answer is the target's; later ones are further turns or a grader's."""
    if sample.answer is not None and sample.prompt is not None:
        sample.further += 1
        return
    sample.prompt = data.get("prompt")
    sample.answer = _answer(data.get("sampled"))
    usage = as_object(data.get("usage"))
    counts = {
        "input_tokens": count_at(usage, "prompt_tokens", "input_tokens"),
        "output_tokens": count_at(usage, "completion_tokens", "output_tokens"),
    }
    sample.usage = {name: number for name, number in counts.items() if number is not None}


def _take_sample(name: str, sample: _Sample, gathered: Gathering, *, label: str) -> None:
    if sample.prompt is None:
        gathered.count("samples whose prompt is not in the log; their input says so")
    gathered.count("later answers of a sample, a grader's for the most part, left out", sample.further)
    prompt = sample.prompt if sample.prompt not in (None, "", []) else f"sample {name}"
    case_id = gathered.take_case(
        sample.line, {"id": name, "input": prompt, "expected": sample.ideal}, place=f"sample {name}"
    )
    if case_id is None:
        return
    missing = sample.answer is None and not sample.scores
    output: Row = {
        "output": sample.answer,
        "error": sample.error or ("the log holds no answer" if missing else None),
        "usage": sample.usage,
        "scores": {} if sample.error else sample.scores,
        "detail": {key: value for key, value in sample.marks.items() if value is not None},
    }
    gathered.take_output(sample.line, case_id, output, label=label, epoch=1, place=f"sample {name}")


def _label(spec: Mapping[str, Json], gathered: Gathering) -> str:
    names = [item for item in as_items(spec.get("completion_fns")) if isinstance(item, str)]
    return label_of("+".join(names), spec.get("model_name"), default=file_label(gathered.path))


def _answer(sampled: Json) -> str:
    if isinstance(sampled, list):
        sampled = sampled[0] if sampled else ""
    if isinstance(sampled, Mapping):
        return text_at(sampled, "content", "text") or shown_text(sampled)
    return sampled if isinstance(sampled, str) else "" if sampled is None else shown_text(sampled)


def _texts(expected: Json) -> Json:
    if isinstance(expected, list):
        return [shown_text(item) for item in expected] or None
    return expected
