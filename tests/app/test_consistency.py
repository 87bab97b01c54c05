"""Invariance and sensitivity of families, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

FAMILIES = 80

SYSTEM = '''
import hashlib

calls = {}

def fixed(case):
    """Wording fails in a tenth of the families, language in a quarter; a fifth overlooks the changed fact."""
    number = int(case["group"][1:])
    variant = case["slices"].get("variant", "")
    if case["slices"].get("relation") == "changed":
        return f"{number + 1}" if number % 5 == 0 else f"It is {number + 2}"
    if (variant == "wording" and number % 10 == 3) or (variant == "language" and number % 4 == 2):
        return "It is 9999"
    return f"It is {number + 1}"

def moody(case):
    """Every second time another answer, whatever the question."""
    number = int(case["group"][1:])
    calls[case["id"]] = calls.get(case["id"], 0) + 1
    return f"It is {number + calls[case['id']] % 2}"

def first_option(case):
    """Chooses the first option in two fifths of the families, else the right one."""
    number = int(case["group"][1:])
    options = case["input"]["options"]
    return "A" if number % 5 < 2 else next(key for key, text in options.items() if text == "right")
'''


@pytest.fixture
def families(tmp_path: Path, steelyard: Steelyard) -> Steelyard:
    rows: list[object] = []
    for n in range(FAMILIES):
        common = {"group": f"f{n}", "expected": str(n + 1)}
        rows += [
            {"id": f"r{n}", "input": f"What is {n} + 1?", **common},
            {"id": f"w{n}", "input": f"Add 1 to {n}.", **common, "slices": {"variant": "wording"}},
            {
                "id": f"l{n}",
                "input": f"Combien font {n} + 1 ?",
                **common,
                "metadata": {"variant": "language"},
            },
            {
                "id": f"x{n}",
                "input": f"What is {n} + 2?",
                "group": f"f{n}",
                "expected": str(n + 2),
                "slices": {"variant": "wording", "relation": "changed"},
            },
        ]
    write_lines(tmp_path / "families.jsonl", rows)
    (tmp_path / "family_system.py").write_text(
        SYSTEM.replace(
            'case["slices"].get("variant", "")',
            'case["slices"].get("variant", "") if case["id"][0] != "l" else "language"',
        ),
        encoding="utf-8",
    )
    assert steelyard("bench", "add", "families", "families.jsonl").code == 0
    return steelyard


def _run(call: Steelyard, name: str, function: str, *more: str) -> None:
    answer = call("run", name, "--target", f"python:family_system:{function}", "--label", function, *more)
    assert answer.code == 0, answer.err


def test_known_inconsistency_is_recovered(families: Steelyard, tmp_path: Path) -> None:
    _run(families, "families", "fixed", "--metric", "numeric_match")
    page, text = tmp_path / "c.html", tmp_path / "c.md"
    answer = families("consistency", "fixed", "--json", "--html", str(page), "--markdown", str(text))
    assert answer.code == 0, answer.err
    found = answer.json
    by_variant = {row["variant"]: row for row in found["by_variant"]}
    assert by_variant["wording"]["value"] == pytest.approx(0.9)
    assert by_variant["language"]["value"] == pytest.approx(0.75)
    assert list(by_variant) == ["language", "wording"]
    # Of three pairs, one odd member breaks two, and no family has two odd members (n % 10 = 3 is odd,
    # n % 4 = 2 even): 1 - (2/3) * (0.1 + 0.25).
    assert found["invariance"]["value"] == pytest.approx(1 - (2 / 3) * 0.35)
    assert found["steady_families"]["value"] == pytest.approx(0.65)
    assert found["sensitivity"]["value"] == pytest.approx(0.8)
    assert found["rightly_changed"]["value"] == pytest.approx(0.8)
    for name in ("invariance", "steady_families", "sensitivity", "rightly_changed"):
        low, high = found[name]["interval"]
        assert low < found[name]["value"] < high
        assert (found[name]["n_units"], found[name]["unit"], found[name]["gateable"]) == (
            FAMILIES,
            "family",
            True,
        )
    assert found["invariance"]["n"] == 3 * FAMILIES
    assert found["repeats"]["value"] is None
    assert any("--epochs" in note for note in found["notes"])
    worst = found["worst_families"][0]
    assert worst["agreement"] == pytest.approx(1 / 3) or worst["response"] == 0.0
    assert worst["members"][0]["variant"] == ""
    assert "Equivalent questions are answered alike" in page.read_text(encoding="utf-8")
    assert "alike under language" in text.read_text(encoding="utf-8")
    shown = families("consistency", "fixed").out
    assert "Worst families" in shown
    assert "9999" in shown


def test_the_noise_floor_stands_beside(families: Steelyard) -> None:
    _run(families, "families", "moody", "--metric", "numeric_match", "--epochs", "2")
    found = families("consistency", "moody", "--json").json
    assert found["repeats"]["value"] == 0.0
    # Each question is answered once so and once so: half of the pairs of epochs agree.
    assert found["invariance"]["value"] == pytest.approx(0.5)
    assert found["excess"]["value"] == pytest.approx(-0.5)
    assert found["steady_families"]["value"] == 0.0


def test_other_ways_to_agree(families: Steelyard) -> None:
    _run(families, "families", "fixed", "--metric", "numeric_match")
    exact = families("consistency", "fixed", "--json").json
    for how in ("score", "numeric", "numeric_match"):
        other = families("consistency", "fixed", "--json", "--agree", how).json
        assert other["invariance"]["value"] == exact["invariance"]["value"]
        assert other["sensitivity"]["value"] == exact["sensitivity"]["value"]
    loose = families("consistency", "fixed", "--json", "--agree", "token_f1>=0.5").json
    assert loose["invariance"]["value"] == 1.0
    assert loose["agreement"] == "token_f1>=0.5 between the answers"


def test_a_bias_to_the_first_option_shows(steelyard: Steelyard, tmp_path: Path) -> None:
    rows = [
        {
            "id": f"q{n}",
            "group": f"f{n}",
            "input": {"question": f"Number {n}?", "options": {"A": "right", "B": "wrong", "C": "worse"}},
            "expected": "A",
        }
        for n in range(FAMILIES)
    ]
    write_lines(tmp_path / "choices.jsonl", rows)
    (tmp_path / "family_system.py").write_text(SYSTEM, encoding="utf-8")
    steelyard("bench", "add", "choices", "choices.jsonl")
    added = steelyard("bench", "perturb", "choices", "--kind", "shuffle_options", "--json").json
    assert added["cases"] == 2 * FAMILIES
    _run(steelyard, "choices-perturbed", "first_option", "--metric", "choice")
    found = steelyard("consistency", "first_option", "--json").json
    # All options move, so "A" is another option's letter then: the chosen texts differ, the letters do not.
    assert found["by_variant"] == [{**found["by_variant"][0], "variant": "option-order"}]
    assert found["invariance"]["value"] == pytest.approx(0.6)


def test_few_families_never_decide(steelyard: Steelyard, tmp_path: Path) -> None:
    rows = [
        {"id": f"{kind}{n}", "group": f"f{n}", "input": "?", "expected": "1", "slices": {"variant": kind}}
        for n in range(3)
        for kind in ("wording", "original")
    ]
    write_lines(tmp_path / "few.jsonl", rows)
    write_lines(tmp_path / "out.jsonl", [{"id": row["id"], "output": "1"} for row in rows])
    steelyard("bench", "add", "few", "few.jsonl")
    steelyard("run", "few", "--target", "replay:out.jsonl", "--label", "few")
    found = steelyard("consistency", "few", "--json").json["invariance"]
    assert (found["value"], found["gateable"]) == (1.0, False)
    assert "too few to decide" in found["note"]
    assert found["interval"][0] < 0.7


def test_mistakes_end_with_two(families: Steelyard, quiz: Steelyard, tmp_path: Path) -> None:
    for arguments, message in (
        (("consistency", "good"), "no family of questions"),
        (("consistency", "good", "--metric", "bleu"), "has no metric 'bleu'"),
        (("consistency", "good", "--agree", "token_f1>=x"), "is no threshold"),
        (("consistency", "good", "--agree", "tokenf1"), "no metric 'tokenf1'"),
    ):
        answer = families(*arguments)
        assert answer.code == 2
        assert message in answer.err
    write_lines(
        tmp_path / "odd.jsonl",
        [
            {"id": "a", "group": "g", "input": "?", "expected": "1"},
            {"id": "b", "group": "g", "input": "?", "slices": {"variant": "wording", "relation": "alike"}},
        ],
    )
    write_lines(tmp_path / "out.jsonl", [{"id": "a", "output": "1"}, {"id": "b", "output": "1"}])
    quiz("bench", "add", "odd", "odd.jsonl")
    quiz("run", "odd", "--target", "replay:out.jsonl", "--label", "odd")
    assert "relation 'alike'" in quiz("consistency", "odd").err
