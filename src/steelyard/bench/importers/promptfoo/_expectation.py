"""What asserts expect, and which metrics ask the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import regex

from steelyard.bench.importers._values import as_items, shown_text
from steelyard.bench.importers.promptfoo._template import render_value
from steelyard.bench.importers.promptfoo._test import PromptfooTest, flat_asserts
from steelyard.core import Json, canonical_json

_CONTAINS = ("contains", "icontains", "contains-all", "icontains-all", "contains-any", "icontains-any")
_REFERENCES: Mapping[str, str] = {
    "levenshtein": "edit_similarity",
    "rouge-n": "rouge_1",
    "bleu": "bleu",
    "gleu": "",
    "meteor": "",
    "similar": "",
    "factuality": "",
    "model-graded-factuality": "",
}
"""Asserts whose value is a right answer, and the metric of the same name where there is one."""
_MEASURES = {"latency": "latency", "cost": "cost"}
_ALONE = ("is-json", "regex")
_MAPPED = {
    *_CONTAINS,
    *_MEASURES,
    *_ALONE,
    "equals",
    *(name for name, metric in _REFERENCES.items() if metric),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What one test expects of the answer."""

    kind: str = ""
    """`equals`, `reference`, `contains`, `regex`, `schema`, or empty when no text is expected."""
    value: Json = None
    """The expectation of the case."""
    types: frozenset[str] = frozenset()
    """Types of the asserts that were read."""
    ignore_case: bool = False
    """For `contains`: whether case does not count."""
    need_all: bool | None = None
    """For `contains`: every text, any, or None where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What the tests of a file expect, in their order, and what to score with."""

    values: tuple[Json, ...]
    """The expectation of each case."""
    metrics: tuple[str, ...] = ()
    """Metrics that ask what the asserts ask, as typed on the command line."""
    notes: tuple[str, ...] = ()
    """What did not carry over, one sentence each."""
    kinds: tuple[str, ...] = field(default=())
    """Of each case, the kind of its expectation when the file mixes several, else empty."""


def read_expectations(tests: Sequence[PromptfooTest]) -> Expectations:
    """Expectations and metrics of fanned-out tests."""
    found = [_expectation(test) for test in tests]
    texts = [item for item in found if item.kind in ("equals", "reference", "contains")]
    if texts:
        found = [
            item if item.kind in ("equals", "reference", "contains") else Expectation() for item in found
        ]
    elif any(item.kind == "regex" for item in found):
        found = [item if item.kind == "regex" else Expectation() for item in found]
    metrics, notes = _text_metrics(found)
    metrics, found = _with_common_setting(metrics, found)
    metrics += _other_metrics(tests, metrics, notes)
    kinds = {item.kind for item in found if item.kind}
    return Expectations(
        values=tuple(item.value for item in found),
        metrics=tuple(dict.fromkeys(metrics)),
        notes=(*notes, *_lost(tests)),
        kinds=tuple(item.kind for item in found) if len(kinds) > 1 else (),
    )


def _expectation(test: PromptfooTest) -> Expectation:
    """The strictest thing a test says about the text of the answer."""
    values: dict[str, list[Json]] = {}
    for item in flat_asserts(test.asserts):
        kind = str(item.get("type") or "").partition(":")[0]
        value = render_value(item.get("value"), test.vars)
        if value is not None and not (isinstance(value, str) and value.startswith("file://")):
            values.setdefault(kind, []).append(value)
    if "equals" in values:
        return Expectation(kind="equals", value=_one_or_list(values["equals"]), types=frozenset(values))
    references = [text for name in _REFERENCES for value in values.get(name, ()) for text in _texts(value)]
    if references:
        return Expectation(kind="reference", value=_one_or_list(references), types=frozenset(values))
    contained = next((_contained(values, name) for name in _groups(values)), None)
    if contained is not None:
        return contained
    if "regex" in values:
        return Expectation(kind="regex", value=_one_or_list(values["regex"]), types=frozenset(values))
    schemas = [
        schema for value in values.get("is-json", ()) if (schema := value) and isinstance(schema, Mapping)
    ]
    return Expectation(kind="schema", value=schemas[0], types=frozenset(values)) if schemas else Expectation()


def _groups(values: Mapping[str, list[Json]]) -> list[tuple[str, ...]]:
    """The contains-like asserts of a test that one setting of the metric can ask together."""
    groups = (
        ("contains", "contains-all"),
        ("icontains", "icontains-all"),
        ("contains-any",),
        ("icontains-any",),
    )
    return [group for group in groups if any(name in values for name in group)]


def _contained(values: Mapping[str, list[Json]], group: tuple[str, ...]) -> Expectation:
    texts = [text for name in group for value in values.get(name, ()) for text in _texts(value)]
    return Expectation(
        kind="contains",
        value=_one_or_list(texts),
        types=frozenset(values),
        ignore_case=group[0].startswith("i"),
        need_all=None if len(texts) < 2 else not group[0].endswith("-any"),
    )


def _text_metrics(found: Sequence[Expectation]) -> tuple[list[str], list[str]]:
    """Metrics that suit every expectation, and notes on those that suit only some."""
    counts = Counter(item.kind for item in found if item.kind)
    if not counts:
        return [], []
    mixed = ", ".join(f"{kind} ({count:,})" for kind, count in counts.most_common())
    if set(counts) <= {"equals", "reference"}:
        types = {name for item in found for name in item.types}
        metrics = [metric for name, metric in _REFERENCES.items() if metric and name in types]
        return [*(["exact_match"] if set(counts) == {"equals"} else []), *metrics], []
    if set(counts) <= {"equals", "contains"}:
        notes = [f"expectations of several kinds, {mixed}: `contains` judges all, which is milder for equals"]
        return [_contains_metric(found)], notes if len(counts) > 1 else []
    if set(counts) == {"regex"}:
        return _regex_metrics(found)
    if set(counts) == {"schema"}:
        return ["json_schema"], []
    return [], [f"expectations of several kinds, {mixed}: score with the slice 'expectation' in view"]


def _contains_metric(found: Sequence[Expectation]) -> str:
    contained = [item for item in found if item.kind == "contains"]
    settings = []
    if any(item.ignore_case for item in contained):
        settings.append("ignore_case=true")
    needs = {item.need_all for item in contained if item.need_all is not None}
    if needs == {True}:
        settings.append("need=all")
    return f"contains:{','.join(settings)}" if settings else "contains"


def _regex_metrics(found: Sequence[Expectation]) -> tuple[list[str], list[str]]:
    patterns = [text for item in found for text in _texts(item.value)]
    try:
        for pattern in set(patterns):
            regex.compile(pattern)
    except regex.error as error:
        return [], [
            f"a regular expression of the asserts is not valid here ({error}); it is kept as expectation"
        ]
    return ["regex_match"], ["regular expressions run with Python's syntax, and ^ and $ match at every line"]


def _with_common_setting(metrics: list[str], found: list[Expectation]) -> tuple[list[str], list[Expectation]]:
    """A pattern or schema that all cases share belongs to the metric, not to the cases."""
    common = {canonical_json(item.value) for item in found}
    if len(common) > 1 or metrics not in (["regex_match"], ["json_schema"]):
        return metrics, found
    value = found[0].value
    if metrics == ["regex_match"] and isinstance(value, str):
        return [f"regex_match:pattern={_escaped(value)}"], [Expectation() for _ in found]
    if metrics == ["json_schema"]:
        return [f"json_schema:schema={_escaped(canonical_json(value))}"], [Expectation() for _ in found]
    return metrics, found


def _other_metrics(tests: Sequence[PromptfooTest], metrics: Sequence[str], notes: list[str]) -> list[str]:
    """Metrics of asserts that need no expectation."""
    types = [{str(item.get("type")) for item in flat_asserts(test.asserts)} for test in tests]
    found = [metric for name, metric in _MEASURES.items() if any(name in kinds for kinds in types)]
    asking = sum("is-json" in kinds for kinds in types)
    if asking < len(tests) and asking:
        notes.append(
            f"is-json holds for {asking:,} of {len(tests):,} cases: json_valid would judge all of them"
        )
    elif asking and not any(name.startswith("json_schema") for name in metrics):
        found.insert(0, "json_valid")
        if any(_schema(item) for test in tests for item in flat_asserts(test.asserts)):
            notes.append("schemas of is-json are kept in metadata: json_schema reads them from a file")
    return found


def _schema(item: Mapping[str, Json]) -> bool:
    return item.get("type") == "is-json" and isinstance(item.get("value"), Mapping)


def _lost(tests: Sequence[PromptfooTest]) -> list[str]:
    """Asserts without a counterpart, with the number of cases, and what of the others is not applied."""
    counts: Counter[str] = Counter()
    tuned = 0
    for test in tests:
        found = list(flat_asserts(test.asserts))
        counts.update({str(item.get("type") or "?")[:60] for item in found})
        tuned += test.threshold is not None or any("threshold" in item or "weight" in item for item in found)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    lost = [(name, count) for name, count in ranked if name not in _MAPPED]
    notes = []
    if lost:
        listed = ", ".join(f"{name} ({count:,})" for name, count in lost[:12])
        more = f" and {len(lost) - 12} more" if len(lost) > 12 else ""
        notes.append(f"asserts without a counterpart, kept in metadata and never run: {listed}{more}")
    if tuned:
        notes.append(
            f"thresholds and weights of asserts are kept in metadata and not applied: {tuned:,} cases"
        )
    return notes


def _texts(value: Json) -> list[str]:
    return [shown_text(item) for item in (as_items(value) if isinstance(value, list) else [value])]


def _one_or_list(values: Sequence[Json]) -> Json:
    """One expectation as it is, several different ones as a list of texts."""
    unique = list({canonical_json(value): value for value in values}.values())
    if len(unique) == 1:
        return unique[0] if isinstance(unique[0], str | Mapping) else shown_text(unique[0])
    return [shown_text(value) for value in unique]


def _escaped(text: str) -> str:
    """A value of a metric's setting: backslashes and commas are escaped."""
    return text.replace("\\", "\\\\").replace(",", "\\,")
