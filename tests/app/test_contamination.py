"""Contamination through the command line: corpus, canaries, completions and twins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.app.conftest import Steelyard, write_lines

from steelyard.stats import paired_proportions

WORDS = (
    "amber",
    "birch",
    "cedar",
    "dune",
    "ember",
    "fjord",
    "grove",
    "heath",
    "islet",
    "jetty",
    "knoll",
    "marsh",
)


def _question(number: int) -> str:
    """Sixteen and more words that no other case has in a row."""
    said = " ".join(f"{word}{number * 7 % 101} and" for word in WORDS)
    return f"Question {number}: which of {said} none comes first?"


@pytest.fixture
def forty(tmp_path: Path, steelyard: Steelyard) -> Steelyard:
    rows = [{"id": f"q{n}", "input": _question(n), "expected": str(n)} for n in range(40)]
    write_lines(tmp_path / "cases.jsonl", rows)
    assert steelyard("bench", "add", "quiz", "cases.jsonl").code == 0
    return steelyard


def _run(steelyard: Steelyard, tmp_path: Path, benchmark: str, answers: dict[str, str], label: str) -> str:
    path = tmp_path / f"{label}.jsonl"
    write_lines(path, [{"id": name, "output": text} for name, text in answers.items()])
    target = f"replay:{path.name}"
    done = steelyard("run", benchmark, "--target", target, "--metric", "contains", "--label", label, "--json")
    assert done.code == 0, done.err
    return str(done.json["run"])


def test_a_corpus_gives_states_evidence_and_results_without(forty: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    planted = "".join(f"Some text.\n{_question(n).upper()}\nMore text.\n" for n in range(10))
    (tmp_path / "corpus" / "a.txt").write_text(planted, encoding="utf-8")
    _run(forty, tmp_path, "quiz", {f"q{n}": str(n) if n < 20 else "none" for n in range(40)}, "v1")
    done = forty("bench", "check", "quiz", "--corpus", "corpus", "--run", "v1", "--json")
    assert done.code == 0
    found = done.json["contamination"]
    assert found["counts"] == {"clean": 30, "suspicious": 0, "contaminated": 10, "unchecked": 0}
    assert [item["state"] for item in found["cases"][9:11]] == ["contaminated", "clean"]
    assert found["cases"][0]["evidence"][0]["line"] == 2
    assert done.json["counts"]["found-in-corpus"] == 10
    (result,) = found["results"]
    assert (result["all"]["value"], result["all"]["n"]) == (0.5, 40)
    assert result["without_contaminated"]["value"] == pytest.approx(1 / 3)
    assert result["without_contaminated"]["n"] == 30
    low, high = result["without_contaminated"]["interval"]
    assert low < 1 / 3 < high

    shown = forty("bench", "check", "quiz", "--corpus", "corpus", "--run", "v1")
    assert "10 of 40 cases contaminated" in shown.out
    assert "without contaminated" in shown.out
    assert (
        forty("bench", "check", "quiz", "--corpus", "corpus", "--markdown", "c.md", "--html", "c.html").code
        == 0
    )
    assert "10 of 40 cases contaminated" in (tmp_path / "c.md").read_text(encoding="utf-8")
    assert "corpus/a.txt:2" in (tmp_path / "c.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "hf"])
def test_an_export_carries_a_canary_that_comes_back_and_is_found(
    forty: Steelyard, tmp_path: Path, kind: str
) -> None:
    pytest.importorskip("pyarrow")
    first = forty("bench", "export", "quiz", "--format", kind, "-o", f"out.{kind}", "--json").json
    guid = first["canary"]
    added = forty("bench", "add", "copy", f"out.{kind}", "--json").json
    assert added["hash"] == first["hash"]
    again = forty("bench", "export", "copy", "-o", "again.jsonl", "--json").json
    assert again["canary"] == guid
    found = forty("bench", "check", "copy", "--corpus", "again.jsonl", "--json").json["contamination"]
    assert found["canary"]["guid"] == guid
    assert found["canary"]["sightings"][0] == {"where": "again.jsonl", "line": 1, "case": ""}
    bare = forty("bench", "export", "quiz", "-o", "bare.jsonl", "--no-canary", "--json").json
    assert bare["canary"] is None
    assert "canary" not in (tmp_path / "bare.jsonl").read_text(encoding="utf-8")


def test_a_column_named_canary_that_is_not_ours_stays_data(steelyard: Steelyard, tmp_path: Path) -> None:
    rows = [{"id": "a", "input": "Which bird?", "canary": "yellow"}, {"id": "b", "input": "Which cage?"}]
    write_lines(tmp_path / "birds.jsonl", rows)
    steelyard("bench", "add", "birds", "birds.jsonl")
    steelyard("bench", "export", "birds", "-o", "out.jsonl", "--no-canary")
    assert "yellow" in (tmp_path / "out.jsonl").read_text(encoding="utf-8")


def test_an_answer_with_the_canary_contaminates_its_case(forty: Steelyard, tmp_path: Path) -> None:
    guid = forty("bench", "export", "quiz", "-o", "out.jsonl", "--json").json["canary"]
    answers = {f"q{n}": "nothing" for n in range(40)} | {"q3": f"As in {guid.upper()}"}
    run = _run(forty, tmp_path, "quiz", answers, "v1")
    found = forty("bench", "check", "quiz", "--run", "v1", "--json").json["contamination"]
    assert found["counts"] == {"clean": 0, "suspicious": 0, "contaminated": 1, "unchecked": 39}
    assert found["canary"]["sightings"] == [{"where": run, "line": None, "case": "q3"}]


def test_a_system_that_goes_on_word_for_word_is_found(forty: Steelyard, tmp_path: Path) -> None:
    assert forty("bench", "completion", "quiz", "--json").json["cases"] == 40
    forty("bench", "export", "quiz-completion", "-o", "completion.jsonl", "--no-canary")
    rows = [
        json.loads(line) for line in (tmp_path / "completion.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert all(_question(0)[:20] not in row["expected"] for row in rows)
    by_heart = {row["id"]: row["expected"] for row in rows[:15]}
    made_up = {row["id"]: "A story about a river and a bridge that nobody ever built." for row in rows[15:]}
    run = _run(forty, tmp_path, "quiz-completion", by_heart | made_up, "learnt")
    found = forty("bench", "check", "quiz", "--run", "learnt", "--json").json["contamination"]
    assert found["counts"]["contaminated"] == 15
    assert found["completion"]["run"] == run
    assert (found["completion"]["reached"], found["completion"]["control_reached"]) == (15, 0)
    assert found["cases"][0]["evidence"][0]["kind"] == "completion"
    assert "go on word for word" in forty("bench", "check", "quiz", "--run", "learnt").out


def test_twins_that_are_answered_worse_give_a_gap_with_its_interval(forty: Steelyard, tmp_path: Path) -> None:
    rows = [
        {
            "id": f"q{n}-twin",
            "input": _question(n).replace("and", "or"),
            "expected": str(n),
            "metadata": {"derived_from": f"q{n}", "perturbation": "wording", "severity": 0.5},
        }
        for n in range(40)
    ]
    write_lines(tmp_path / "twins.jsonl", rows)
    forty("bench", "add", "twins", "twins.jsonl")
    _run(forty, tmp_path, "quiz", {f"q{n}": str(n) for n in range(40)}, "originals")
    half = {f"q{n}-twin": str(n) if n % 2 else "none" for n in range(40)}
    _run(forty, tmp_path, "twins", half, "changed")
    check = ("bench", "check", "quiz", "--run", "originals", "--run", "changed")
    found = forty(*check, "--json").json["contamination"]
    (gap,) = found["twin_gaps"]
    assert (gap["difference"], gap["n_pairs"], gap["verdict"]) == (0.5, 40, "better")
    # Twenty cases right in the original alone, none in the twin alone, twenty alike.
    assert gap["interval"] == pytest.approx(paired_proportions(20, 0, 40))
    assert "originals better" in forty(*check).out
    alone = forty("bench", "check", "quiz", "--run", "changed")
    assert alone.code == 2
    assert "a run on twins needs a run on the originals" in alone.err


def test_a_run_of_something_else_is_refused(forty: Steelyard, tmp_path: Path) -> None:
    write_lines(tmp_path / "other.jsonl", [{"id": "z", "input": "Something else", "expected": "1"}])
    forty("bench", "add", "other", "other.jsonl")
    _run(forty, tmp_path, "other", {"z": "1"}, "else")
    refused = forty("bench", "check", "quiz", "--run", "else")
    assert refused.code == 2
    assert "has no case in common" in refused.err
