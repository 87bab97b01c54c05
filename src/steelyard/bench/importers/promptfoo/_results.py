"""Results of promptfoo: each prompt at each provider is a recorded run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench.importers._gathering import Gathering, label_of
from steelyard.bench.importers._suggested import suggested_metrics
from steelyard.bench.importers._values import amount_at, as_items, as_object, count_at, without_secrets
from steelyard.bench.importers.promptfoo._cases import Asked, as_input, take_cases
from steelyard.bench.importers.promptfoo._scores import grading_detail, recorded_scores
from steelyard.bench.importers.promptfoo._test import PromptfooTest, test_from_json
from steelyard.core import Json, content_hash
from steelyard.targets import Redactor

_ERROR = 2
_SHORT_LABEL = 40
_CLEAN = Redactor()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFile:
    """What a file of results holds, whichever of promptfoo's envelopes it came in."""

    rows: Sequence[tuple[int, Mapping[str, Json]]]
    """Number or line from 1, and one result: one test, one prompt, one provider."""
    prompts: Sequence[Mapping[str, Json]] = ()
    """Each prompt at each provider, by `promptIdx`."""
    started: str = ""
    """When it ran, ISO 8601."""
    version: str = ""
    """Version of promptfoo, where it says."""
    notes: tuple[str, ...] = ()
    """What of the envelope did not carry over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    line: int
    row: Mapping[str, Json]
    test: PromptfooTest
    column: str
    prompt_id: str
    rendered: str


def import_results(found: ResultsFile, path: Path) -> Imported:
    """Cases and runs of a results file; raises InputError with every broken place."""
    gathering = Gathering(path, "promptfoo")
    results = [result for line, row in found.rows if (result := _result(line, row, found, gathering))]
    gathering.problems.raise_if_any()
    groups = _by_test(results)
    asked, note = _asked(list(groups.values()))
    ids, expectations = take_cases(asked, gathering)
    gathering.notes += [note, *found.notes, *expectations.notes]
    labels = _labels(results, found.prompts)
    for case_id, members in zip(ids, groups.values(), strict=True):
        for result in members:
            if case_id is not None:
                _take_output(result, case_id, label=labels[result.column], gathering=gathering)
    for column, label in labels.items():
        target = _target(next(item for item in results if item.column == column), found.prompts)
        gathering.describe_run(label, target=target, started=found.started)
    imported = gathering.imported(detail={"promptfoo": found.version} if found.version else None)
    metrics, notes = suggested_metrics(imported.runs, expectations.metrics)
    return replace(imported, metrics=metrics, notes=(*imported.notes, *notes))


def _result(line: int, row: Mapping[str, Json], found: ResultsFile, gathering: Gathering) -> _Result | None:
    prompt = as_object(row.get("prompt"))
    rendered = prompt.get("raw")
    if not isinstance(rendered, str) or not ({"response", "error", "gradingResult", "success"} & row.keys()):
        gathering.report(
            line, "", "is not a result of promptfoo: it has no prompt, or neither answer nor error"
        )
        return None
    test = test_from_json(as_object(row.get("testCase")), line=line)
    variables = row.get("vars") if isinstance(row.get("vars"), Mapping) else test.vars
    index = row.get("promptIdx")
    known = (
        as_object(found.prompts[index]) if isinstance(index, int) and 0 <= index < len(found.prompts) else {}
    )
    prompt_id = str(row.get("promptId") or known.get("id") or content_hash(prompt.get("label") or rendered))
    provider = _provider(row)
    return _Result(
        line=line,
        row=row,
        test=replace(test, vars=_own_variables(as_object(variables))),
        column=str(index) if isinstance(index, int) else f"{provider[0]}\n{provider[1]}\n{prompt_id}",
        prompt_id=prompt_id,
        rendered=rendered,
    )


def _own_variables(variables: Mapping[str, Json]) -> dict[str, Json]:
    """Variables without those that promptfoo adds while it runs."""
    return {
        name: value for name, value in variables.items() if not name.startswith("_") and name != "sessionId"
    }


def _by_test(results: Sequence[_Result]) -> dict[str, list[_Result]]:
    """Results of one test, repeats included, in the order of the tests.

    Rows of one `testIdx` are one test, even if a provider's answer went into the variables of the next;
    tests of equal content are repeats of one another.
    """
    ordered = sorted(results, key=lambda item: (_index(item.row, "testIdx"), _index(item.row, "promptIdx")))
    keys: dict[int, str] = {}
    groups: dict[str, list[_Result]] = {}
    for item in ordered:
        index = _index(item.row, "testIdx")
        key = keys.get(index) or (item.test.key if index < 0 else _written_key(item))
        if index >= 0:
            keys[index] = key
        groups.setdefault(key, []).append(item)
    return groups


def _written_key(item: _Result) -> str:
    """The key of a test as it is written, before any run put something into its variables."""
    written = as_object(item.row.get("testCase"))
    return test_from_json(written, line=0).key if written else item.test.key


def _asked(groups: Sequence[Sequence[_Result]]) -> tuple[list[Asked], str]:
    """What each test asks: the rendered prompt where all runs share one, else the variables."""
    one_prompt = len({item.prompt_id for members in groups for item in members}) == 1
    same = all(len({item.rendered for item in members}) == 1 for members in groups)
    asked = []
    for members in groups:
        first = members[0]
        if one_prompt and same:
            asked.append(Asked(test=first.test, input=as_input(first.rendered), is_prompt=True))
        else:
            fallback: Json = {"prompts": sorted({item.rendered for item in members})}
            asked.append(Asked(test=first.test, input=dict(first.test.vars) or fallback, is_prompt=False))
    if one_prompt and same:
        return asked, "the input of a case is the prompt with its variables filled in"
    reason = "there are several prompts" if not one_prompt else "the prompt differs between runs of one test"
    return asked, f"the input of a case is its variables: {reason}"


def _labels(results: Sequence[_Result], prompts: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    """The label of each run: the provider, and the prompt where there are several."""
    numbers: dict[str, int] = {}
    columns: dict[str, _Result] = {}
    for item in sorted(results, key=lambda item: (_index(item.row, "promptIdx"), item.line)):
        columns.setdefault(item.column, item)
    for item in columns.values():
        numbers.setdefault(item.prompt_id, len(numbers) + 1)
    labels: dict[str, str] = {}
    for column, item in columns.items():
        identity, label = _provider(item.row)
        name = _CLEAN(label_of(label, identity, default="provider"), limit=150)
        if len(numbers) > 1:
            name = f"{name} · {_prompt_name(item, numbers[item.prompt_id], prompts)}"
        taken = set(labels.values())
        labels[column] = next(
            text
            for number in range(1, len(columns) + 2)
            if (text := name if number == 1 else f"{name} #{number}") not in taken
        )
    return labels


def _prompt_name(item: _Result, number: int, prompts: Sequence[Mapping[str, Json]]) -> str:
    """The label an author gave a prompt; promptfoo's own is the template, and a number reads better."""
    label = as_object(item.row.get("prompt")).get("label")
    index = _index(item.row, "promptIdx")
    template = prompts[index].get("raw") if 0 <= index < len(prompts) else None
    if not isinstance(label, str) or label == template or "{{" in label or len(label) > _SHORT_LABEL:
        return f"prompt {number}"
    return label_of(label, default=f"prompt {number}")


def _target(item: _Result, prompts: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    identity, label = _provider(item.row)
    index = _index(item.row, "promptIdx")
    known = prompts[index] if 0 <= index < len(prompts) else as_object(item.row.get("prompt"))
    template = known.get("raw") if 0 <= index < len(prompts) else None
    settings: dict[str, Json] = {
        "provider": _CLEAN(identity),
        "label": _CLEAN(label),
        "prompt": template,
        "prompt_label": known.get("label") if known.get("label") != template else None,
    }
    cleaned: dict[str, Json] = without_secrets(settings)
    return cleaned


def _provider(row: Mapping[str, Json]) -> tuple[str, str]:
    provider = row.get("provider")
    if isinstance(provider, str):
        return provider, ""
    found = as_object(provider)
    return str(found.get("id") or ""), str(found.get("label") or "")


def _take_output(item: _Result, case_id: str, *, label: str, gathering: Gathering) -> None:
    row, response = item.row, as_object(item.row.get("response"))
    error = _error(row)
    scores, failed = ({}, 0) if error else recorded_scores(row)
    gathering.count(
        "graders that failed (promptfoo counts them as 0; here the score and the verdict are missing)", failed
    )
    gathering.count("results that are errors, which are missing here and not 0", bool(error))
    usage = as_object(row.get("tokenUsage")) or as_object(response.get("tokenUsage"))
    counts = {"input_tokens": count_at(usage, "prompt"), "output_tokens": count_at(usage, "completion")}
    counts["reasoning_tokens"] = count_at(as_object(usage.get("completionDetails")), "reasoning")
    called = any(counts.values())
    latency = amount_at(row, "latencyMs")
    cached = response.get("cached") is True
    if cached:
        gathering.count("answers from promptfoo's cache, whose latency says nothing and was left out")
    output: dict[str, Json] = {
        "output": response.get("output"),
        "error": error,
        "latency_s": None if latency is None or cached else latency / 1000,
        "cost_usd": _cost(row, response),
        "usage": {name: number for name, number in counts.items() if number is not None} if called else None,
        "cached": cached,
        "scores": scores,
        "detail": {**grading_detail(row), **_response_detail(response)},
    }
    gathering.take_output(item.line, case_id, output, label=label, place=f"result {item.line}")


def _error(row: Mapping[str, Json]) -> str:
    """The error that left a result without a usable answer; the reason of a failed assert is none."""
    response = as_object(row.get("response"))
    error = row.get("error") or response.get("error")
    if row.get("failureReason") == _ERROR or (response.get("output") is None and error):
        return _CLEAN(str(error or "promptfoo recorded an error without a message").partition("\n")[0])
    return ""


def _cost(row: Mapping[str, Json], response: Mapping[str, Json]) -> float | None:
    """What the provider charged; promptfoo writes 0 where it does not know, and so 0 counts as unknown."""
    return amount_at(row, "cost") or amount_at(response, "cost") or None


def _response_detail(response: Mapping[str, Json]) -> dict[str, Json]:
    finish = response.get("finishReason")
    detail: dict[str, Json] = {
        "finish_reason": finish if isinstance(finish, str) else None,
        "refusal": True if response.get("isRefusal") is True else None,
    }
    return {name: value for name, value in detail.items() if value is not None}


def _index(row: Mapping[str, Json], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def results_file(value: Json) -> ResultsFile | None:
    """The results in an envelope: `{evalId, results: {…}}`, the inner object alone, or a list of results."""
    if isinstance(value, list):
        rows = [(number, as_object(item)) for number, item in enumerate(value, start=1)]
        return ResultsFile(rows=rows) if rows and is_result(rows[0][1]) else None
    outer = as_object(value)
    inner = as_object(outer.get("results")) or outer
    rows = [(number, as_object(item)) for number, item in enumerate(as_items(inner.get("results")), start=1)]
    if not rows and "stats" not in inner:
        return None
    table = as_object(as_object(inner.get("table")).get("head"))
    prompts = (
        as_items(inner.get("prompts")) or as_items(outer.get("prompts")) or as_items(table.get("prompts"))
    )
    about = as_object(outer.get("metadata"))
    traces = len(as_items(outer.get("traces")))
    return ResultsFile(
        rows=rows,
        prompts=[as_object(item) for item in prompts],
        started=str(
            about.get("evaluationCreatedAt") or inner.get("timestamp") or outer.get("createdAt") or ""
        ),
        version=str(about.get("promptfooVersion") or ""),
        notes=(f"traces were not carried over: {traces:,}",) if traces else (),
    )


def is_result(row: Mapping[str, Json]) -> bool:
    """Whether a row is one result of promptfoo."""
    return (
        "prompt" in row and "vars" in row and bool({"gradingResult", "testCase", "namedScores"} & row.keys())
    )
