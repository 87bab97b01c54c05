"""A configuration's tests with defaults, scenarios and files brought together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from steelyard.bench._problems import Problems
from steelyard.bench.importers._values import as_items, as_object
from steelyard.bench.importers.promptfoo._folder import (
    ConfigFolder,
    FileReferenceError,
    is_code,
    is_remote,
)
from steelyard.bench.importers.promptfoo._prompts import Prompt, read_prompts
from steelyard.bench.importers.promptfoo._test import PromptfooTest, test_from_json
from steelyard.bench.importers.promptfoo._test_files import read_test_file
from steelyard.core import InputError, Json

_DEEPEST = 50
_MERGED = ("vars", "options", "metadata")


@dataclass(slots=True)
class Suite:
    """What a configuration asks, file references followed."""

    tests: list[PromptfooTest] = field(default_factory=list)
    """The tests in promptfoo's order, variables not yet fanned out."""
    prompts: list[Prompt] = field(default_factory=list)
    """The prompts; empty in a file of tests."""
    notes: list[str] = field(default_factory=list)
    """What did not carry over."""


class SuiteReader:
    """Reads one configuration; what is broken goes to `problems`."""

    def __init__(self, folder: ConfigFolder, problems: Problems) -> None:
        self._folder = folder
        self._problems = problems
        self._suite = Suite()
        self._default: Mapping[str, Json] = {}

    def read(self, config: Mapping[str, Json]) -> Suite:
        """The suite of a whole configuration."""
        self._default = self._default_test(config.get("defaultTest"))
        self._suite.prompts, notes = read_prompts(config.get("prompts"), self._folder)
        self._suite.notes += [*notes, *_lost_parts(config)]
        self._take(self._test_items(config.get("tests"), "tests"))
        scenarios = list(self._scenario_tests(config.get("scenarios")))
        self._take(scenarios)
        if not self._suite.tests and not scenarios and not config.get("tests"):
            self._take([{}])
        return self._suite

    def read_tests(self, tests: list[Mapping[str, Json]]) -> Suite:
        """The suite of a file of tests, which has no prompts."""
        self._take(tests)
        return self._suite

    def _take(self, items: list[Mapping[str, Json]]) -> None:
        for item in items:
            number = len(self._suite.tests) + 1
            merged = self._merged(item)
            try:
                merged["vars"] = self._variables(merged.get("vars"))
                merged["assert"] = [self._assert(found) for found in as_items(merged.get("assert"))]
            except FileReferenceError as error:
                self._problems.add(0, f"test {number}", str(error))
                continue
            self._suite.tests.append(test_from_json(merged, line=number))

    def _merged(self, test: Mapping[str, Json]) -> dict[str, Json]:
        """A test with the defaults under it."""
        merged: dict[str, Json] = {**self._default, **test}
        for name in _MERGED:
            own = test.get(name)
            if isinstance(own, Mapping) or own is None:
                merged[name] = {**as_object(self._default.get(name)), **as_object(own)}
        if as_object(test.get("options")).get("disableDefaultAsserts") is True:
            merged["assert"] = list(as_items(test.get("assert")))
        else:
            merged["assert"] = [*as_items(self._default.get("assert")), *as_items(test.get("assert"))]
        return merged

    def _default_test(self, value: Json) -> Mapping[str, Json]:
        if not isinstance(value, str):
            return as_object(value)
        try:
            return as_object(self._folder.data(self._folder.find(value)[0]))
        except FileReferenceError as error:
            self._problems.add(0, "defaultTest", str(error))
            return {}

    def _test_items(self, value: Json, name: str) -> list[Mapping[str, Json]]:
        """The tests of a list of tests and references, or of one reference."""
        tests: list[Mapping[str, Json]] = []
        for item in as_items(value) if isinstance(value, list) else [value] if value is not None else []:
            entry = as_object(item).get("path") if set(as_object(item)) & {"path"} else item
            if isinstance(entry, str):
                tests += self._tests_from(entry, name)
            elif isinstance(entry, Mapping):
                tests.append(entry)
            else:
                self._problems.add(0, name, "must hold tests or names of files")
        return tests

    def _tests_from(self, reference: str, name: str) -> list[Mapping[str, Json]]:
        if is_code(reference) or is_remote(reference):
            how = "a program, which was not run" if is_code(reference) else "a service, which was not asked"
            self._suite.notes.append(f"tests are made by {how}: {reference[:100]}")
            return []
        try:
            paths = self._folder.find(reference)
            return [test for path in paths for test in read_test_file(path, self._folder)]
        except FileReferenceError as error:
            self._problems.add(0, name, str(error))
        except InputError as error:
            self._problems.add(0, name, f"{error.where}: {error.message}")
        return []

    def _scenario_tests(self, value: Json) -> Iterator[Mapping[str, Json]]:
        """Each test of a scenario with each of its sets of variables; those of one set are a conversation."""
        number = 0
        for scenario in self._test_items(value, "scenarios"):
            sets = self._test_items(scenario.get("config"), "scenarios.config")
            tests = self._test_items(scenario.get("tests"), "scenarios.tests") or [{}]
            for data in sets:
                for test in tests:
                    merged: dict[str, Json] = {**data, **test}
                    for name in _MERGED:
                        merged[name] = {**as_object(data.get(name)), **as_object(test.get(name))}
                    merged["assert"] = [*as_items(data.get("assert")), *as_items(test.get("assert"))]
                    metadata = {"conversationId": f"__scenario_{number}__", **as_object(merged["metadata"])}
                    yield {**merged, "metadata": metadata}
                number += 1

    def _variables(self, value: Json) -> dict[str, Json]:
        """Variables, those in files read: from the files named in place of all, or of one value."""
        if isinstance(value, str) or (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        ):
            references = [value] if isinstance(value, str) else [str(item) for item in value]
            found: dict[str, Json] = {}
            for reference in references:
                for path in self._folder.find(reference):
                    found.update(as_object(self._folder.data(path)))
            value = found
        return {name: self._variable(item) for name, item in as_object(value).items()}

    def _variable(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self._variable(item) for item in value]
        if not isinstance(value, str) or not value.startswith("file://"):
            return value
        if is_code(value) or is_remote(value):
            self._suite.notes.append(f"a variable is made by a program, which was not run: {value[:100]}")
            return value
        texts: list[Json] = [self._file_text(path) for path in self._folder.find(value)]
        return texts[0] if len(texts) == 1 else texts

    def _file_text(self, path: Path) -> str:
        """A file as promptfoo puts it in a variable: YAML as JSON text, anything else as it is."""
        if path.suffix.lower() in (".yaml", ".yml"):
            return json.dumps(self._folder.data(path), ensure_ascii=False, separators=(",", ":"))
        return self._folder.text(path).strip()

    def _assert(self, value: Json) -> dict[str, Json]:
        """An assert whose value is read from its file, unless that is a program."""
        item = dict(as_object(value))
        members = as_items(item.get("assert"))
        if members:
            item["assert"] = [self._assert(member) for member in members]
        reference = item.get("value")
        if isinstance(reference, str) and reference.startswith("file://") and not is_code(reference):
            path = self._folder.find(reference)[0]
            is_data = path.suffix.lower() in (".json", ".yaml", ".yml")
            item["value"] = self._folder.data(path) if is_data else self._folder.text(path).strip()
        return item


def dereferenced(config: Json) -> Json:
    """A configuration with its inner `$ref`s replaced by what they point to.

    Raises ValueError for one that points nowhere, to itself, or makes the whole too large.
    """
    budget = [1_000_000]

    def walk(value: Json, depth: int) -> Json:
        budget[0] -= 1
        if budget[0] < 0 or depth > _DEEPEST * 4:
            raise ValueError("holds $ref entries that refer to themselves or grow too large")
        if isinstance(value, Mapping):
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/"):
                return walk(_pointed(config, reference), depth + 1)
            return {name: walk(item, depth + 1) for name, item in value.items()}
        return [walk(item, depth + 1) for item in value] if isinstance(value, list) else value

    return walk(config, 0)


def _pointed(config: Json, reference: str) -> Json:
    value = config
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, Mapping) or name not in value:
            raise ValueError(f"refers to '{reference[:100]}', which is not there")
        value = value[name]
    return value


def _lost_parts(config: Mapping[str, Json]) -> list[str]:
    """Parts of a configuration that have no place in cases."""
    notes = []
    targets = [name for item in as_items(_listed(config)) if (name := _provider_name(item))]
    if targets:
        listed = ", ".join(targets[:6]) + (f" and {len(targets) - 6} more" if len(targets) > 6 else "")
        notes.append(f"providers are named when you run, with --target: {listed}")
    repeat = as_object(config.get("evaluateOptions")).get("repeat")
    if isinstance(repeat, int) and repeat > 1:
        notes.append(f"repeats are asked for when you run: --epochs {repeat}")
    for name, what in (
        ("redteam", "the red-team settings were not carried over"),
        ("extensions", "extensions are programs and were not run"),
        ("derivedMetrics", "derived metrics were not carried over"),
    ):
        if config.get(name):
            notes.append(what)
    return notes


def _listed(config: Mapping[str, Json]) -> Json:
    value = config.get("providers") or config.get("targets")
    return value if isinstance(value, list) else [value]


def _provider_name(item: Json) -> str:
    if isinstance(item, str):
        name = item
    else:
        entry = as_object(item)
        identity = entry.get("id") or next(iter(entry), "")
        name = str(entry.get("label") or identity)
    return name if name.isprintable() and len(name) <= 80 and "@" not in name else ""
