"""A configuration, or a file of tests, to cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._values import as_items, as_object
from steelyard.bench.importers.promptfoo._cases import Asked, as_input, take_cases
from steelyard.bench.importers.promptfoo._folder import ConfigFolder
from steelyard.bench.importers.promptfoo._prompts import Prompt
from steelyard.bench.importers.promptfoo._suite import Suite, SuiteReader, dereferenced
from steelyard.bench.importers.promptfoo._template import NotPlainError, render
from steelyard.bench.importers.promptfoo._test import PromptfooTest, fan_out
from steelyard.core import InputError, Json

CONFIG_KEYS = frozenset({"prompts", "providers", "targets", "tests", "scenarios", "defaultTest", "redteam"})
_TEST_KEYS = frozenset({"vars", "assert", "description", "metadata", "options", "threshold"})


def is_config(value: Json) -> bool:
    """Whether a parsed file is a configuration: an object with prompts or tests, and another of its parts."""
    keys = CONFIG_KEYS & as_object(value).keys()
    return bool(keys & {"prompts", "tests", "scenarios"}) and (
        len(keys) > 1 or bool(as_object(value).get("tests"))
    )


def is_test_list(value: Json) -> bool:
    """Whether a parsed file is a list of tests."""
    items = as_items(value) if isinstance(value, list) else []
    return bool(items) and all(
        isinstance(item, Mapping) and isinstance(item.get("vars"), Mapping) and not item.keys() - _TEST_KEYS
        for item in items
    )


def import_config(config: Mapping[str, Json], path: Path) -> Imported:
    """The cases of a configuration; raises InputError with every broken place."""
    gathering = Gathering(path, "promptfoo")
    try:
        whole = as_object(dereferenced(config))
    except ValueError as error:
        raise InputError(f"the configuration {error}", where=str(path), hint="Mend the $ref") from error
    return _imported(SuiteReader(ConfigFolder(path.parent), gathering.problems).read(whole), gathering)


def import_tests(tests: Sequence[Mapping[str, Json]], path: Path) -> Imported:
    """The cases of a file of tests."""
    gathering = Gathering(path, "promptfoo")
    reader = SuiteReader(ConfigFolder(path.parent), gathering.problems)
    return _imported(reader.read_tests(list(tests)), gathering)


def _imported(suite: Suite, gathering: Gathering) -> Imported:
    tests = _fanned_out(suite.tests, gathering)
    if not tests:
        gathering.problems.raise_if_any()
        raise InputError(
            "the file holds no tests that can be read",
            where=str(gathering.path),
            hint="Tests made by programs or services: run `promptfoo eval -o results.json` and import that",
            details=suite.notes,
        )
    asked, note = _asked(tests, suite.prompts)
    gathering.notes += [note, *suite.notes]
    _, expectations = take_cases(asked, gathering)
    gathering.notes += expectations.notes
    lost = sum(
        bool({"transform", "transformVars", "storeOutputAs", "postprocess"} & test.options.keys())
        for test in tests
    )
    gathering.count("tests whose answers or variables promptfoo transforms with code, which is not run", lost)
    return replace(gathering.imported(), metrics=expectations.metrics)


def _fanned_out(tests: Sequence[PromptfooTest], gathering: Gathering) -> list[PromptfooTest]:
    found = []
    for test in tests:
        if test.options.get("disableVarExpansion") is True:
            found.append(test)
            continue
        try:
            found += [replace(test, vars=variables) for variables in fan_out(test.vars)]
        except ValueError as error:
            gathering.report(0, f"test {test.line}", str(error))
    return found


def _asked(tests: Sequence[PromptfooTest], prompts: Sequence[Prompt]) -> tuple[list[Asked], str]:
    """What each test asks: the one prompt filled in, else the variables."""
    if len(prompts) == 1 and prompts[0].template is not None:
        template = prompts[0].template
        try:
            texts = [render(_affixed(template, test), test.vars) for test in tests]
        except NotPlainError as error:
            reason = f"the prompt needs promptfoo's template engine ({error})"
        else:
            asked = [
                Asked(test=test, input=as_input(text), is_prompt=True)
                for test, text in zip(tests, texts, strict=True)
            ]
            return asked, "the input of a case is the prompt with its variables filled in"
    elif len(prompts) > 1:
        reason = f"there are {len(prompts):,} prompts"
    else:
        reason = "there is no prompt" if not prompts else "the prompt is not here as text"
    templates: Json = {"prompts": [prompt.template or prompt.name for prompt in prompts]}
    asked = [Asked(test=test, input=dict(test.vars) or templates, is_prompt=False) for test in tests]
    return asked, f"the input of a case is its variables: {reason}"


def _affixed(template: str, test: PromptfooTest) -> str:
    """The template between the test's own prefix and suffix."""
    prefix, suffix = test.options.get("prefix"), test.options.get("suffix")
    return f"{prefix if isinstance(prefix, str) else ''}{template}{suffix if isinstance(suffix, str) else ''}"
