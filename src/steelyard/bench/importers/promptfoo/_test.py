"""One test of promptfoo: variables that fill a prompt, and what the answer is held to."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from steelyard.bench.importers._values import as_items, as_object
from steelyard.core import Json, content_hash

_ROW_NUMBER = re.compile(r"Row #\d+")
_SCENARIO = re.compile(r"__scenario_\d+__")
_MOST_COMBINATIONS = 1_000_000
_KEPT_ASSERT_KEYS = ("type", "value", "threshold", "weight", "metric", "transform", "contextTransform")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptfooTest:
    """A test with its defaults merged in, its lists of variables not yet fanned out."""

    vars: Mapping[str, Json] = field(default_factory=dict)
    """Variable name to value."""
    asserts: tuple[Mapping[str, Json], ...] = ()
    """The asserts, those of the default test first."""
    description: str = ""
    """What the author calls it; empty for the numbers that promptfoo gives to rows of a file."""
    metadata: Mapping[str, Json] = field(default_factory=dict)
    """What the author filed it under."""
    options: Mapping[str, Json] = field(default_factory=dict)
    """Prefix, suffix, transforms."""
    threshold: Json = None
    """The score from which it passes."""
    line: int = 0
    """Where it was met: the number of the test or result, from 1."""

    @property
    def key(self) -> str:
        """Hash of what makes it this test: repeats of one test have one key."""
        return content_hash([self.vars, list(self.asserts), self.description, self.metadata, self.threshold])

    def case_metadata(self, *, with_vars: bool) -> dict[str, Json]:
        """The author's metadata, and under `promptfoo` what the case format has no field for."""
        own: dict[str, Json] = {
            "assert": [_shown_assert(item) for item in self.asserts],
            "vars": dict(self.vars) if with_vars else None,
            "threshold": self.threshold,
            "options": _shown_options(self.options),
        }
        kept = {name: value for name, value in own.items() if value not in (None, [], {})}
        author = {name: value for name, value in self.metadata.items() if not name.startswith("_")}
        if _SCENARIO.fullmatch(str(author.get("conversationId"))):
            del author["conversationId"]
        return {**author, **({"promptfoo": kept} if kept else {})}

    @property
    def conversation(self) -> str:
        """The conversation this test is a turn of; empty when it stands alone."""
        value = self.metadata.get("conversationId")
        return value.strip("_")[:200] if isinstance(value, str) and value.isprintable() else ""


def test_from_json(row: Mapping[str, Json], *, line: int) -> PromptfooTest:
    """A test as promptfoo writes it; parts of the wrong shape count as absent."""
    description = row.get("description")
    text = description.strip() if isinstance(description, str) else ""
    return PromptfooTest(
        vars=as_object(_numbers(row.get("vars"))),
        asserts=tuple(
            as_object(_numbers(item)) for item in as_items(row.get("assert")) if isinstance(item, Mapping)
        ),
        description="" if _ROW_NUMBER.fullmatch(text) else text,
        metadata=as_object(_numbers(row.get("metadata"))),
        options=as_object(row.get("options")),
        threshold=row.get("threshold"),
        line=line,
    )


def _numbers(value: Json) -> Json:
    """A value whose whole numbers are written as such: JavaScript knows no difference between 1.0 and 1."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _numbers(item) for name, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else value


def fan_out(variables: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Every combination of the values of variables that are lists; the last variable changes fastest.

    As in promptfoo, only a list that begins with text stands for several values. Raises ValueError when
    there are more than a million combinations.
    """
    choices = [_choices(value) for value in variables.values()]
    if math.prod(len(options) for options in choices) > _MOST_COMBINATIONS:
        raise ValueError(f"its variables have more than {_MOST_COMBINATIONS:,} combinations")
    for values in itertools.product(*choices):
        yield dict(zip(variables, values, strict=True))


def _choices(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) and value and isinstance(value[0], str) else [value]


def flat_asserts(asserts: Sequence[Mapping[str, Json]], depth: int = 0) -> Iterator[Mapping[str, Json]]:
    """The asserts, those of sets in place of the set."""
    for item in asserts:
        if item.get("type") == "assert-set" and depth < 5:
            inner = [member for member in as_items(item.get("assert")) if isinstance(member, Mapping)]
            yield from flat_asserts(inner, depth + 1)
        else:
            yield item


def _shown_assert(item: Mapping[str, Json]) -> dict[str, Json]:
    """What an assert asks, without providers and settings, which may hold keys."""
    shown = {name: item[name] for name in _KEPT_ASSERT_KEYS if item.get(name) is not None}
    if item.get("type") == "assert-set":
        members = [member for member in as_items(item.get("assert")) if isinstance(member, Mapping)]
        shown["assert"] = [_shown_assert(member) for member in members]
    return shown


def _shown_options(options: Mapping[str, Json]) -> dict[str, Json]:
    kept = ("prefix", "suffix", "transform", "transformVars", "storeOutputAs")
    return {name: value for name in kept if isinstance(value := options.get(name), str) and value}
