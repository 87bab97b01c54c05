"""One sample of an Inspect log to a case and its recorded output."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.bench._json_rows import Row
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._inspect_messages import (
    Attachments,
    event_spans,
    message_spans,
    plain_message,
    plain_text,
)
from steelyard.bench.importers._values import (
    amount_at,
    as_items,
    as_object,
    check_plain,
    count_at,
    number_of,
    shown_text,
    text_at,
)
from steelyard.core import Json

_GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_LIMIT_KINDS = {"time": "timeout", "working": "timeout", "context": "overflow"}


class SampleReader:
    """Reads samples of one log into a gathering, as one run."""

    def __init__(self, gathered: Gathering, *, label: str, model: str, scorer: str) -> None:
        self._gathered = gathered
        self._label = label
        self._model = model
        self._scorer = scorer

    def take(self, line: int, sample: Mapping[str, Json], *, place: str) -> None:
        """Read one sample; what is broken goes to the gathering's problems."""
        gathered = self._gathered
        found = len(gathered.problems.found)
        attachments = Attachments(as_object(sample.get("attachments")))
        try:
            check_plain(sample)
            case = case_row(sample, attachments)
            output = self._output(sample, attachments)
        except (ValueError, RecursionError) as error:
            gathered.report(line, place, str(error) or "is nested too deeply")
            return
        gathered.count(
            "references to attachments that the log does not hold, left as they are", attachments.lost
        )
        for name in ("sandbox", "files", "setup"):
            if sample.get(name):
                gathered.count(f"samples whose {name} did not carry over")
        epoch = self._epoch(line, sample, place)
        case_id = gathered.take_case(line, case, place=place)
        if case_id is not None and epoch is not None and len(gathered.problems.found) == found:
            gathered.take_output(line, case_id, output, label=self._label, epoch=epoch, place=place)

    def _epoch(self, line: int, sample: Mapping[str, Json], place: str) -> int | None:
        epoch = sample.get("epoch", 1)
        if isinstance(epoch, bool) or not isinstance(epoch, int) or not 1 <= epoch < 10**6:
            self._gathered.report(line, f"{place}: epoch", "must be a whole number from 1")
            return None
        return epoch

    def _output(self, sample: Mapping[str, Json], attachments: Attachments) -> Row:
        scores, marks = self._scores(sample, attachments)
        messages = [
            as_object(attachments.resolve(item))
            for item in as_items(sample.get("messages"))
            if isinstance(item, Mapping)
        ]
        answer = _answer(as_object(sample.get("output")), messages, attachments)
        fault = _fault(sample, answer=answer, scored=bool(scores))
        events = event_spans(as_items(sample.get("events")), attachments)
        spans = message_spans(messages)
        if any(span["kind"] == "tool" for span in events):
            spans = events
        detail = _detail(sample, marks)
        if spans or sum(message.get("role") == "assistant" for message in messages) > 1:
            detail["messages"] = [plain_message(message) for message in messages]
        return {
            "output": None if fault and not answer else answer,
            "error": fault,
            "latency_s": amount_at(sample, "working_time", "total_time"),
            **self._usage(sample),
            "trace": spans,
            "scores": scores,
            "detail": detail,
        }

    def _scores(self, sample: Mapping[str, Json], attachments: Attachments) -> tuple[dict[str, float], Row]:
        """Numbers by name, and what the scorers said beside them."""
        given = as_object(sample.get("scores"))
        if not given and isinstance(sample.get("score"), Mapping):
            given = {self._scorer or "score": sample["score"]}
        numbers: dict[str, float] = {}
        marks: Row = {}
        for name, item in given.items():
            score = item if isinstance(item, Mapping) else {"value": item}
            for key, value in _flat(name, score.get("value")):
                number = grade(value)
                if number is not None:
                    numbers[key] = number
                elif value is None:
                    self._gathered.count(f"samples left unscored by '{key}', which count as missing")
                else:
                    self._gathered.count(f"marks of '{key}' that are words, kept in the details")
            said = {
                key: attachments.resolve(score[key])
                for key in ("value", "answer", "explanation", "reason")
                if score.get(key) not in (None, "")
            }
            marks[name] = said
        return numbers, marks

    def _usage(self, sample: Mapping[str, Json]) -> Row:
        by_model = as_object(sample.get("model_usage"))
        usage = as_object(by_model.get(self._model))
        if not usage and len(by_model) == 1:
            usage = as_object(next(iter(by_model.values())))
        usage = usage or as_object(as_object(sample.get("output")).get("usage"))
        if set(by_model) - {self._model} and len(by_model) > 1:
            self._gathered.count(
                "samples that used further models, such as graders, whose tokens are not counted"
            )
        read, written = count_at(usage, "input_tokens"), count_at(usage, "output_tokens")
        cached = count_at(usage, "input_tokens_cache_read")
        stored = count_at(usage, "input_tokens_cache_write")
        extra = (cached or 0) + (stored or 0)
        if read is not None and extra and count_at(usage, "total_tokens") == read + (written or 0) + extra:
            read += extra
        return {
            "cost_usd": amount_at(usage, "total_cost"),
            "usage": {
                "input_tokens": read,
                "output_tokens": written,
                "cached_tokens": cached,
                "reasoning_tokens": count_at(usage, "reasoning_tokens"),
            },
        }


def case_row(sample: Mapping[str, Json], attachments: Attachments) -> Row:
    """The case line of a sample, or of a row of an Inspect dataset."""
    asked = attachments.resolve(sample.get("input"))
    if isinstance(asked, list):
        asked = [plain_message(item) if isinstance(item, Mapping) else item for item in asked]
    choices = attachments.resolve(sample.get("choices"))
    if isinstance(choices, list) and choices:
        asked = {"messages" if isinstance(asked, list) else "question": asked, "choices": choices}
    target = attachments.resolve(sample.get("target"))
    metadata = attachments.resolve(sample.get("metadata"))
    return {
        "id": sample.get("id"),
        "input": asked,
        "expected": None if target in ("", [], [""]) else target,
        "metadata": metadata if isinstance(metadata, Mapping) and metadata else None,
    }


def grade(value: Json) -> float | None:
    """The number of a score's value: C 1, I 0, P .5, N 0, truth words, numbers; None for the rest."""
    if isinstance(value, str) and value.strip() in _GRADES:
        return _GRADES[value.strip()]
    return number_of(value)


def _flat(name: str, value: Json) -> list[tuple[str, Json]]:
    """Scores of several values under a name for each."""
    if isinstance(value, Mapping):
        return [(f"{name}.{key}", item) for key, item in value.items()]
    if isinstance(value, list):
        return [(f"{name}.{number}", item) for number, item in enumerate(value, start=1)]
    return [(name, value)]


def _answer(output: Mapping[str, Json], messages: list[Mapping[str, Json]], attachments: Attachments) -> str:
    """The completion; without one, the last thing the assistant said."""
    choices = as_items(output.get("choices"))
    if choices:
        message = as_object(as_object(choices[0]).get("message"))
        text = plain_text(attachments.resolve(message.get("content")))
        if text:
            return text
    completion = attachments.resolve(output.get("completion"))
    if isinstance(completion, str) and completion:
        return completion
    if choices:
        return ""
    said = [plain_text(message.get("content")) for message in messages if message.get("role") == "assistant"]
    return next((text for text in reversed(said) if text.strip()), "")


def _fault(sample: Mapping[str, Json], *, answer: str, scored: bool) -> Json:
    """Why there is no answer that could be scored; a sample that was scored all the same has one."""
    if sample.get("invalidation"):
        why = text_at(as_object(sample["invalidation"]), "reason") or "no reason given"
        return {"owner": "infrastructure", "kind": "recorded", "message": f"invalidated: {why}"}
    error = sample.get("error")
    if error and not scored:
        message = text_at(as_object(error), "message") or (error if isinstance(error, str) else "")
        return message.splitlines()[0][:2000] if message.strip() else "error without a message"
    limit = as_object(sample.get("limit"))
    if limit and not answer and not scored:
        kind = str(limit.get("type") or "")
        words = f"stopped at the {kind} limit of {shown_text(limit.get('limit'))}"
        owner = "infrastructure" if kind == "operator" else "target"
        return {"owner": owner, "kind": _LIMIT_KINDS.get(kind, "limit"), "message": words}
    return None


def _detail(sample: Mapping[str, Json], marks: Row) -> Row:
    output = as_object(sample.get("output"))
    choices = as_items(output.get("choices"))
    detail: Row = {
        "model": output.get("model"),
        "finish_reason": as_object(choices[0]).get("stop_reason") if choices else None,
        "limit": sample.get("limit"),
        "error": text_at(as_object(sample.get("error")), "message"),
        "error_retries": len(as_items(sample.get("error_retries"))) or None,
        "scores": marks,
    }
    return {name: value for name, value in detail.items() if value not in (None, "", {}, [])}
