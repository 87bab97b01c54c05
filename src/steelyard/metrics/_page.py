"""A metric's page, made from its docstring and its settings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from steelyard.core import BugError, Json, MetricSpec, UsageError, canonical_json
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._function import FunctionMetric
from steelyard.metrics._registry import resolve
from steelyard.metrics._settings import describe, setting_types

HEADINGS = ("What it measures", "When it misleads", "Example", "Reference")


def metric_help(name: str) -> str:
    """What the metric is, in one sentence, and its settings with their defaults, for a terminal.

    Raises UsageError for an unknown name.
    """
    owner = _owner(name)
    if isinstance(owner, FunctionMetric):
        return f"{owner.name}: {inspect.getdoc(owner.function) or 'a metric of an installed package'}"
    summary, _ = _sections(owner)
    rows = (
        f"  {row['key']} = {row['default']}   {row['meaning']} ({row['kind']})"
        for row in _settings_rows(owner)
    )
    return "\n".join([f"{_shown(name)}: {summary}", *rows])


def metric_page(name: str) -> str:
    """The metric's page in Markdown: summary, how its numbers are read, the docstring's headings, settings.

    Raises UsageError for an unknown name, BugError when the docstring lacks one of the four headings.
    """
    owner = _owner(name)
    if isinstance(owner, FunctionMetric):
        return f"# `{owner.name}`\n\n{inspect.getdoc(owner.function) or ''}\n"
    summary, sections = _sections(owner)
    parts = [f"# `{_shown(name)}`", summary, _nature(owner.traits)]
    for heading in HEADINGS:
        if heading not in sections:
            raise BugError(f"the docstring of {owner.__name__} has no heading {heading!r}")
        parts += [f"## {heading}", sections[heading]]
    rows = [
        f"| `{row['key']}` | `{row['default']}` | {row['kind']} | {row['meaning']} |"
        for row in _settings_rows(owner)
    ]
    table = "\n".join(["| setting | default | takes | meaning |", "|---|---|---|---|", *rows])
    parts += ["## Settings", table if rows else "None."]
    return "\n\n".join(parts) + "\n"


def _owner(name: str) -> type[BaseMetric] | FunctionMetric:
    found = resolve(name.partition(":")[0])
    if isinstance(found, FunctionMetric) or (isinstance(found, type) and issubclass(found, BaseMetric)):
        return found
    raise UsageError(f"{name!r} is neither a metric class nor a decorated function")


def _shown(name: str) -> str:
    return "recorded:NAME" if name.partition(":")[0] == "recorded" else name


def _sections(owner: type[BaseMetric]) -> tuple[str, Mapping[str, str]]:
    """The summary line and the text under each heading; indented blocks belong to the heading above."""
    summary, _, body = (inspect.getdoc(owner) or "").partition("\n\n")
    sections: dict[str, list[str]] = {}
    heading = ""
    for line in body.splitlines():
        if line and not line.startswith(" "):
            heading = line.strip()
            sections[heading] = []
        elif heading:
            sections[heading].append(line)
    texts = {key: textwrap.dedent("\n".join(lines)).strip() for key, lines in sections.items()}
    return " ".join(summary.split()), texts


def _nature(spec: MetricSpec) -> str:
    better = {
        "higher": "Higher is better",
        "lower": "Lower is better",
        "neither": "Neither way is better",
    }[spec.direction]
    low, high = spec.range
    scale = "0 or 1" if spec.scale == "binary" else f"from {_limit(low)} to {_limit(high)}"
    headline = "computed from all samples together" if spec.corpus else "the mean over samples"
    failure = "skipped" if spec.failure is None else f"{spec.failure:g}"
    return (
        f"{better}. Values: {scale}, in {spec.measure}. Headline: {headline}. "
        f"A sample whose target failed: {failure}. Version {spec.version}."
    )


def _limit(value: float | None) -> str:
    return "no limit" if value is None else f"{value:g}"


def _settings_rows(owner: type[BaseMetric]) -> list[dict[str, str]]:
    hints = setting_types(owner)
    meanings = _field_docs(owner)
    named = {item.name: item for item in fields(owner)}
    return [
        {
            "key": key,
            "default": _default(named[key]),
            "kind": describe(hints[key]),
            "meaning": meanings.get(key, ""),
        }
        for key in owner.settings_fields()
        if key != "score_name"
    ]


def _default(item: Field[Any]) -> str:
    value: Json = None if item.default is MISSING else item.default
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "+".join(str(part) for part in value) or "(empty)"
    return canonical_json(value) if not isinstance(value, str) else value or "(empty)"


def _field_docs(owner: type) -> dict[str, str]:
    """The text under each field, of the class and those it derives from."""
    found: dict[str, str] = {}
    for base in reversed(owner.__mro__[:-1]):
        try:
            source = textwrap.dedent(inspect.getsource(base))
        except (OSError, TypeError):
            continue
        body = ast.parse(source).body[0]
        if isinstance(body, ast.ClassDef):
            found.update(_documented(body))
    return found


def _documented(body: ast.ClassDef) -> dict[str, str]:
    docs: dict[str, str] = {}
    name = ""
    for statement in body.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
        elif name and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            docs[name] = " ".join(str(statement.value.value).split())
            name = ""
        else:
            name = ""
    return docs
