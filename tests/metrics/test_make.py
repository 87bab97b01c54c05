from __future__ import annotations

import re
import subprocess
import sys

import pytest

from steelyard.core import Case, Output, Scored, UsageError
from steelyard.metrics import make_metric, metric_names, rebuild, spec_from_json


def test_a_bare_name_has_its_defaults_written_out() -> None:
    spec = make_metric("exact_match").spec
    assert spec.key == "exact_match"
    assert spec.label == ""
    assert spec.settings == {
        "ignore_case": False,
        "ignore_punctuation": False,
        "ignore_articles": False,
        "space": "strip",
        "unicode": "nfc",
    }


def test_settings_are_typed_and_the_label_is_what_was_typed() -> None:
    spec = make_metric("contains:ignore_case=true,need=all").spec
    assert (spec.settings["ignore_case"], spec.settings["need"]) == (True, "all")
    assert spec.key == "contains:ignore_case=true,need=all"
    assert spec.name == "contains"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exact_mach", "no metric 'exact_mach'. Did you mean exact_match"),
        ("contains:ignore_cas=true", "no setting 'ignore_cas'. Did you mean ignore_case"),
        ("contains:ignore_case=maybe", "ignore_case cannot be 'maybe'. Give true or false"),
        ("contains:need=some", "need cannot be 'some'. Give one of any, all"),
        ("contains:need", "'need' is not a setting. Write NAME:key=value"),
        ("contains:need=any,need=all", "need is given twice"),
        ("numeric_match:tolerance=wide", "tolerance cannot be 'wide'. Give a number"),
        ("numeric_match:tolerance=nan", "tolerance and relative must be 0 or more"),
        ("", "the metric has no name"),
        ("recorded:", "recorded needs the name of a score"),
        ("recorded", "recorded needs the name of a score"),
        ("python:module:function", "cannot be loaded from here"),
    ],
)
def test_mistakes_are_named_with_what_to_do(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        make_metric(text)


def test_recorded_names_may_hold_colons() -> None:
    plain = make_metric("recorded:judge:tone").spec
    assert (plain.name, plain.settings["scale"]) == ("recorded:judge:tone", "auto")
    binary = make_metric("recorded:judge:tone:scale=binary").spec
    assert (binary.name, binary.scale, binary.range) == ("recorded:judge:tone", "binary", (0.0, 1.0))
    assert binary.key == "recorded:judge:tone:scale=binary"


def test_names_are_sorted_and_recorded_shows_its_form() -> None:
    names = metric_names()
    assert list(names) == sorted(names)
    assert "recorded:NAME" in names
    assert "recorded" not in names


def test_a_spec_survives_json_and_makes_the_metric_again() -> None:
    made = make_metric("recorded:grade:scale=bounded,low=1,high=5")
    again = rebuild(spec_from_json(made.spec.as_json()))
    assert again == made
    assert again.spec == made.spec


def test_scores_of_another_version_are_not_mixed() -> None:
    spec = spec_from_json({**make_metric("contains").spec.as_json(), "version": "0"})
    with pytest.raises(UsageError, match="made by version 0, this is 1"):
        rebuild(spec)
    assert rebuild(spec, any_version=True) == make_metric("contains")


def test_python_metrics_come_through_the_loader() -> None:
    def polite(case: Case, output: Output) -> bool:
        return "please" in output.text

    made = make_metric("python:mine:polite", load={"mine:polite": polite}.__getitem__)
    assert made.spec.key == "python:mine:polite"
    assert made.spec.scale == "binary"
    assert made.score(Case(id="1", input="q"), Output(value="please")) == Scored(value=1.0)


def test_importing_the_package_loads_no_metric() -> None:
    code = (
        "import sys, steelyard.metrics as m; m.make_metric('exact_match'); "
        "print(sorted({'sacrebleu', 'jsonschema', 'py3langid', 'scipy', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "[]\n"
