"""What a reader sees of a judge that experts corrected, and which labels correct it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.conftest import Steelyard
from tests.app.test_study import CASES, calibrated, label, ratings


def test_a_headline_says_how_many_were_judged_and_how_many_rated(
    tmp_path: Path, steelyard: Steelyard
) -> None:
    calibrated(tmp_path, steelyard, ["old"])
    shown = " ".join(steelyard("runs", "show", "old").out.split())
    assert "over 300 answers judged, 100 of them rated by experts" in shown
    assert "100 of 300" in shown
    for row in ("experts alone", "judge alone", "corrected"):
        assert row in shown
    assert "300 judged, 100 rated" in shown
    assert steelyard("report", "old", "-o", "old.html").code == 0
    page = (tmp_path / "old.html").read_text(encoding="utf-8")
    assert "Experts beside the judge" in page
    assert "300 judged, 100 rated" in page


def test_the_study_that_was_named_is_the_one_believed(tmp_path: Path, steelyard: Steelyard) -> None:
    truth = calibrated(tmp_path, steelyard, ["old"])
    first = steelyard("runs", "show", "old", "--json").json["metrics"][0]["value"]
    rows = [(f"c{n}", "eve", "correct", int(not truth["old"][n])) for n in range(100)]
    name = ratings(tmp_path / "eve.csv", rows)
    assert steelyard("study", "import", name, "--name", "eve", "--run", "old").code == 0
    assert steelyard("runs", "show", "old", "--json").json["metrics"][0]["value"] == first
    call = ("study", "calibrate", "old", "--metric", "recorded:judge", "--study")
    assert steelyard(*call, "eve").code == 0
    assert steelyard("runs", "show", "old", "--json").json["metrics"][0]["value"] < first - 0.1
    assert steelyard(*call, "s-old").code == 0
    assert steelyard("runs", "show", "old", "--json").json["metrics"][0]["value"] == first


def test_an_open_rule_on_a_judge_asks_for_labels(tmp_path: Path, steelyard: Steelyard) -> None:
    truth = calibrated(tmp_path, steelyard, ["old"])
    label(tmp_path, steelyard, truth, "new")
    (tmp_path / "gate.yaml").write_text(
        "rules: [{metric: 'recorded:judge', kind: bound, at_least: 0.42}]", encoding="utf-8"
    )
    answer = steelyard(
        "gate", "--base", "old", "--candidate", "new", "--rules", "gate.yaml", "--markdown", "gate.md"
    )
    assert answer.code == 3, answer.out
    shown = " ".join(answer.out.split())
    assert "expert labels to decide" in shown
    assert "rate" in shown
    assert "steelyard study plan" in shown
    assert "300 judged, 100 rated" in (tmp_path / "gate.md").read_text(encoding="utf-8")


def test_runs_are_ranked_by_a_judge_where_experts_rated_all_of_them(
    tmp_path: Path, steelyard: Steelyard
) -> None:
    truth = calibrated(tmp_path, steelyard, ["old"])
    run = ("run", "quiz", "--target", "replay:old.jsonl", "--label", "third", "--metric", "recorded:judge")
    assert steelyard(*run).code == 0
    truth["third"] = truth["old"]
    assert steelyard("compare", "old", "new", "third", "--json").json["ranking"] == []
    for name in ("new", "third"):
        label(tmp_path, steelyard, truth, name)
    (ranking,) = steelyard("compare", "old", "new", "third", "--json").json["ranking"]
    places = {item["label"]: item["rank"] for item in ranking["runs"]}
    assert places == {"old": [1, 2], "third": [1, 2], "new": [3, 3]}
    value = next(item["estimate"]["value"] for item in ranking["runs"] if item["label"] == "new")
    assert value == pytest.approx(sum(truth["new"]) / CASES, abs=0.1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.csv", b"foo,bar\n1,2\n", "has no column item, rater, criterion, value; its columns are 'foo'"),
        ("r.csv", b"item,rater,criterion,value\na,r,q," + b"x" * 2_000 + b"\n", "longer than 1,000"),
        ("r.xlsx", b"PK\x03\x04junk", "is not a whole workbook"),
    ],
)
def test_files_that_hold_no_ratings_are_told(
    tmp_path: Path, steelyard: Steelyard, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    answer = steelyard("study", "import", name, "--name", "s")
    assert answer.code == 2
    assert message in answer.err


def test_ratings_too_large_to_square_are_refused(tmp_path: Path, steelyard: Steelyard) -> None:
    rows = [(f"i{n}", rater, "q", "1e308" if n % 2 else "-1e308") for n in range(9) for rater in "ab"]
    assert steelyard("study", "import", ratings(tmp_path / "r.csv", rows), "--name", "far").code == 0
    answer = steelyard("study", "agreement", "far", "--level", "interval")
    assert answer.code == 2
    assert "larger than 1e+100" in answer.err


def test_whole_numbers_are_named_as_they_were_written(tmp_path: Path, steelyard: Steelyard) -> None:
    judged_rows = [(f"i{n}", rater, "q", 1) for n in range(9) for rater in "ab"]
    assert steelyard("study", "import", ratings(tmp_path / "r.csv", judged_rows), "--name", "s").code == 0
    shown = steelyard("study", "agreement", "s").out
    assert "Every rating that can be compared is '1'" in shown
    assert "Read :" not in shown


def test_a_study_says_what_it_holds_and_what_comes_next(tmp_path: Path, steelyard: Steelyard) -> None:
    rows = [(f"i{n}", rater, "q", 1) for n in range(9) for rater in "ab"]
    assert steelyard("study", "import", ratings(tmp_path / "r.csv", rows), "--name", "s").code == 0
    shown = steelyard("study", "status", "s").out
    assert "s: 18 ratings of 9 items by 2 raters on q" in shown
    assert "Unbound" in shown
    calibrated(tmp_path, steelyard, ["old"])
    shown = steelyard("study", "status", "s-old").out
    assert "recorded:judge of run-" in shown
    assert "was held against it on" in shown


def test_words_among_numbers_are_pointed_out(tmp_path: Path, steelyard: Steelyard) -> None:
    rows = [(f"i{n}", rater, "q", "1,5" if n == 2 else n) for n in range(9) for rater in "ab"]
    found = steelyard("study", "import", ratings(tmp_path / "r.csv", rows), "--name", "s", "--json").json
    (note,) = found["notes"]
    assert note.startswith("q: 2 of 18 values are words among numbers, such as '1,5'")
