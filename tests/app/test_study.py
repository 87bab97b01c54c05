"""Experts end to end: from a file of ratings to a corrected verdict."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Steelyard, write_lines

CASES = 300
MQM = Path(__file__).resolve().parents[2] / "../shared/data/wmt_mqm/ende2023_3raters.tsv.gz"


def ratings(path: Path, rows: Sequence[Sequence[object]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("item", "rater", "criterion", "value"), *rows])
    return str(path)


def judged(tmp_path: Path, steelyard: Steelyard, *, metric: str = "recorded:judge") -> dict[str, list[bool]]:
    """A benchmark, two recorded versions, and a judge that finds too much right; returns the truth."""
    rng = random.Random(1)
    write_lines(
        tmp_path / "cases.jsonl",
        [{"id": f"c{n}", "input": f"question {n}", "slices": {"topic": f"t{n % 3}"}} for n in range(CASES)],
    )
    assert steelyard("bench", "add", "quiz", "cases.jsonl").code == 0
    truth: dict[str, list[bool]] = {}
    for name, rate in (("old", 0.75), ("new", 0.4)):
        truth[name] = [rng.random() < rate for _ in range(CASES)]
        rows = [
            {
                "id": f"c{n}",
                "output": f"{name} {n}",
                "scores": {
                    "judge": int(rng.random() < (0.93 if right else 0.35)),
                    "grade": round(min(1.0, max(0.0, rng.gauss(0.7 if right else 0.4, 0.15))), 3),
                },
            }
            for n, right in enumerate(truth[name])
        ]
        write_lines(tmp_path / f"{name}.jsonl", rows)
        run = ("run", "quiz", "--target", f"replay:{name}.jsonl", "--label", name, "--metric", metric)
        assert steelyard(*run).code == 0
    return truth


def label(
    tmp_path: Path, steelyard: Steelyard, truth: dict[str, list[bool]], run: str, *, count: int = 100
) -> None:
    rows = [(f"c{n}", rater, "correct", int(truth[run][n])) for n in range(count) for rater in ("ann", "bob")]
    name = ratings(tmp_path / f"{run}.csv", rows)
    assert steelyard("study", "import", name, "--name", f"s-{run}", "--run", run).code == 0


def headline(document: Any) -> Any:
    return document["metrics"][0]


def calibrated(
    tmp_path: Path, steelyard: Steelyard, runs: Sequence[str], *, metric: str = "recorded:judge"
) -> dict[str, list[bool]]:
    truth = judged(tmp_path, steelyard, metric=metric)
    for run in runs:
        label(tmp_path, steelyard, truth, run)
        answer = steelyard("study", "calibrate", run, "--study", f"s-{run}", "--metric", metric)
        assert answer.code == 0, answer.err
    return truth


def test_the_headline_of_a_calibrated_judge_is_the_corrected_one(
    tmp_path: Path, steelyard: Steelyard
) -> None:
    truth = judged(tmp_path, steelyard)
    before = headline(steelyard("runs", "show", "old", "--json").json)
    assert "judge" not in before
    label(tmp_path, steelyard, truth, "old")
    document = steelyard(
        "study", "calibrate", "old", "--study", "s-old", "--metric", "recorded:judge", "--json"
    ).json
    assert document["labels"] == {
        "total": 100,
        "fitted_on": 0,
        "held_out": 100,
        "consensus": "majority",
        "tied": 0,
    }
    assert document["quality"]["sensitivity"]["value"] == pytest.approx(0.93, abs=0.1)
    assert document["ceiling"]["human"]["value"] == 1.0
    after = headline(steelyard("runs", "show", "old", "--json").json)
    side = after["judge"]
    assert side["judge_only"]["value"] == before["value"]
    assert after["value"] == side["corrected"]["value"] != before["value"]
    assert (side["labels"], side["calibration"]["status"]) == (100, "valid")
    assert abs(after["value"] - sum(truth["old"]) / CASES) < abs(before["value"] - sum(truth["old"]) / CASES)
    assert side["effective_n"] > 100
    assert "experts alone" in steelyard("runs", "show", "old").out


def test_the_headline_moves_when_labels_change(tmp_path: Path, steelyard: Steelyard) -> None:
    calibrated(tmp_path, steelyard, ["old"])
    first = headline(steelyard("runs", "show", "old", "--json").json)
    rows = [(f"c{n}", rater, "correct", 0) for n in range(40) for rater in ("ann", "bob")]
    again = steelyard(
        "study", "import", ratings(tmp_path / "x.csv", rows), "--name", "s-old", "--run", "old", "--json"
    ).json
    assert (again["added"], again["rerated"]) == (80, 80)
    second = headline(steelyard("runs", "show", "old", "--json").json)
    assert second["value"] < first["value"] - 0.1
    assert second["judge"]["judge_only"] == first["judge"]["judge_only"]
    status = steelyard("study", "status", "s-old", "--json").json
    assert (status["ratings"], status["history"]) == (200, 80)


def test_labels_that_fitted_a_threshold_never_correct(tmp_path: Path, steelyard: Steelyard) -> None:
    truth = judged(tmp_path, steelyard, metric="recorded:grade")
    label(tmp_path, steelyard, truth, "old")
    call = ("study", "calibrate", "old", "--study", "s-old", "--metric", "recorded:grade", "--json")
    document = steelyard(*call).json
    assert document["labels"]["fitted_on"] == 33
    assert document["headline"]["judge"]["labels"] == 67
    assert document["headline"]["measure"] == "share"
    assert document["headline"]["value"] == pytest.approx(sum(truth["old"]) / CASES, abs=0.12)
    given = steelyard(*call, "--threshold", "0.55").json
    assert (given["labels"]["fitted_on"], given["headline"]["judge"]["labels"]) == (0, 100)

    # Only labels outside of the fitted part move the headline, and they do.
    assert steelyard(*call).json["headline"]["value"] == document["headline"]["value"]
    rows = [(f"c{n}", rater, "correct", 0) for n in range(100) for rater in ("ann", "bob")]
    steelyard("study", "import", ratings(tmp_path / "x.csv", rows), "--name", "s-old", "--run", "old")
    changed = headline(steelyard("runs", "show", "old", "--json").json)
    assert changed["judge"]["labels"] == 67
    assert changed["judge"]["human_only"]["value"] == 0.0


def test_differences_are_corrected_with_labels_of_both_runs(tmp_path: Path, steelyard: Steelyard) -> None:
    truth = calibrated(tmp_path, steelyard, ["old", "new"])
    (found,) = steelyard("compare", "old", "new", "--json").json["metrics"]
    real = (sum(truth["new"]) - sum(truth["old"])) / CASES
    side = found["judge"]
    assert found["difference"] == side["corrected"]["value"]
    assert abs(found["difference"] - real) < abs(side["judge_only"]["value"] - real)
    assert side["human_only"]["n"] == side["labels"] == 100
    assert found["interval"][0] <= real <= found["interval"][1]
    assert found["verdict"] == "worse"


def test_an_unlabelled_run_is_corrected_by_the_judges_errors_elsewhere(
    tmp_path: Path, steelyard: Steelyard
) -> None:
    truth = calibrated(tmp_path, steelyard, ["old"])
    (found,) = steelyard("compare", "old", "new", "--json").json["metrics"]
    real = (sum(truth["new"]) - sum(truth["old"])) / CASES
    assert found["judge"]["human_only"] is None
    assert found["method"].startswith("Rogan-Gladen difference")
    assert found["interval"][0] <= real <= found["interval"][1]
    shown = headline(steelyard("runs", "show", "new", "--json").json)
    assert shown["method"].startswith("Rogan-Gladen")
    assert "nobody labelled these outputs" in shown["judge"]["calibration"]["reason"]


def test_gates_decide_on_the_corrected_figure(tmp_path: Path, steelyard: Steelyard) -> None:
    calibrated(tmp_path, steelyard, ["old", "new"])
    (tmp_path / "gate.yaml").write_text("rules: [{metric: 'recorded:judge', margin: 0.02}]", encoding="utf-8")
    call = ("gate", "--base", "old", "--candidate", "new", "--rules", "gate.yaml", "--json")
    document = steelyard(*call).json
    (rule,) = document["rules"]
    (compared,) = steelyard("compare", "old", "new", "--json").json["metrics"]
    assert document["verdict"] == "FAIL"
    assert rule["difference"] == compared["difference"]
    assert rule["evidence"]["judge"]["calibration"]["status"] == "valid"


def test_other_answers_than_those_of_the_calibration_expire_it(tmp_path: Path, steelyard: Steelyard) -> None:
    calibrated(tmp_path, steelyard, ["old"])
    rows = [
        {"id": f"c{n}", "output": "very long " * 30 + str(n), "scores": {"judge": n % 2}}
        for n in range(CASES)
    ]
    write_lines(tmp_path / "long.jsonl", rows)
    run = ("run", "quiz", "--target", "replay:long.jsonl", "--label", "long", "--metric", "recorded:judge")
    assert steelyard(*run).code == 0
    (tmp_path / "gate.yaml").write_text("rules: [{metric: 'recorded:judge', margin: 0.02}]", encoding="utf-8")
    answer = steelyard("gate", "--base", "old", "--candidate", "long", "--rules", "gate.yaml", "--json")
    assert answer.code == 3
    (rule,) = answer.json["rules"]
    assert (rule["verdict"], rule["reason"]) == ("INCONCLUSIVE", "calibration-expired")
    assert "the length of the answers has changed" in rule["text"]
    assert headline(steelyard("runs", "show", "long", "--json").json)["gateable"] is False


def test_a_rule_may_allow_a_judge_that_nobody_held_against_experts(
    tmp_path: Path, steelyard: Steelyard
) -> None:
    calibrated(tmp_path, steelyard, ["old"])
    rows = [{"id": f"c{n}", "output": "very long " * 30, "scores": {"judge": 0}} for n in range(CASES)]
    write_lines(tmp_path / "long.jsonl", rows)
    run = ("run", "quiz", "--target", "replay:long.jsonl", "--label", "long", "--metric", "recorded:judge")
    assert steelyard(*run).code == 0
    rule = "{metric: 'recorded:judge', margin: 0.02, uncalibrated: allow}"
    (tmp_path / "gate.yaml").write_text(f"rules: [{rule}]", encoding="utf-8")
    answer = steelyard("gate", "--base", "old", "--candidate", "long", "--rules", "gate.yaml", "--json")
    assert (answer.code, answer.json["verdict"]) == (1, "FAIL")


def test_an_unbound_study_calibrates_nothing(tmp_path: Path, steelyard: Steelyard) -> None:
    judged(tmp_path, steelyard)
    name = ratings(tmp_path / "r.csv", [("c1", "ann", "correct", 1), ("c1", "bob", "correct", 1)])
    assert steelyard("study", "import", name, "--name", "free").code == 0
    answer = steelyard("study", "calibrate", "old", "--study", "free", "--metric", "recorded:judge")
    assert answer.code == 2
    assert "the study is unbound" in answer.err
    (criterion,) = steelyard("study", "agreement", "free", "--json").json["criteria"]
    assert criterion["coefficients"]["cohen_kappa"]["value"] is None
    assert "no variation" in criterion["coefficients"]["cohen_kappa"]["status"]


def test_every_bad_row_is_reported_and_nothing_is_imported(tmp_path: Path, steelyard: Steelyard) -> None:
    judged(tmp_path, steelyard)
    rows = [
        ("c1", "ann", "correct", 1),
        ("nowhere", "ann", "correct", 1),
        ("c2", "", "correct", 1),
        ("c3", "ann", "", 1),
        ("c1", "ann", "correct", 0),
        ("c4", "ann", "correct", "inf"),
    ]
    name = ratings(tmp_path / "bad.csv", rows)
    answer = steelyard("study", "import", name, "--name", "s", "--run", "old")
    assert answer.code == 2
    for words in (
        "line 3, item: run",
        "line 4, rater: is missing",
        "line 5, criterion: is missing",
        "line 6, rater: 'ann' rated this item on line 2",
        "line 7, value: must be finite",
    ):
        assert words in answer.err
    assert steelyard("study", "list", "--json").json == {"studies": []}


def test_missing_ratings_are_no_ratings(tmp_path: Path, steelyard: Steelyard) -> None:
    marks = {0: "", 4: "NA", 8: "nan", 12: "*"}
    rated = [(f"c{n}", rater, "tone", n % 3 + 1) for n in range(6) for rater in ("ann", "bob", "eve")]
    whole = ratings(tmp_path / "whole.csv", [(*row[:3], marks.get(n, row[3])) for n, row in enumerate(rated)])
    kept = ratings(tmp_path / "kept.csv", [row for n, row in enumerate(rated) if n not in marks])
    answer = steelyard("study", "import", whole, "--name", "gaps", "--json")
    assert (answer.code, answer.json["added"]) == (0, 14)
    assert answer.json["notes"] == ["4 rows have no value and count as not rated."]
    assert steelyard("study", "import", kept, "--name", "kept").code == 0
    found = [steelyard("study", "agreement", name, "--json").json["criteria"] for name in ("gaps", "kept")]
    assert found[0] == found[1]


def test_a_word_for_not_applicable_stays_a_category_among_words(tmp_path: Path, steelyard: Steelyard) -> None:
    rows = [("c1", "ann", "kind", "NA"), ("c1", "bob", "kind", "bug"), ("c2", "ann", "kind", "bug")]
    name = ratings(tmp_path / "kinds.csv", rows)
    assert steelyard("study", "import", name, "--name", "kinds", "--json").json["added"] == 3


def test_values_are_held_against_the_rubric(tmp_path: Path, steelyard: Steelyard) -> None:
    rubric = {
        "name": "r",
        "criteria": [{"name": "help", "question": "Helps?", "anchors": {"1": "no", "3": "some", "5": "yes"}}],
    }
    (tmp_path / "rubric.yaml").write_text(json.dumps(rubric), encoding="utf-8")
    good = ratings(tmp_path / "good.csv", [("a", "ann", "help", 1), ("a", "bob", "help", 3)])
    bad = ratings(tmp_path / "bad.csv", [("a", "ann", "help", 2), ("a", "bob", "kind", 3)])
    call = ("--name", "s", "--rubric", "rubric.yaml")
    assert steelyard("study", "import", good, *call).code == 0
    answer = steelyard("study", "import", bad, *call)
    assert answer.code == 2
    assert "2.0 is no point of 'help': 1, 3, 5" in answer.err
    assert "'kind' is not in the rubric" in answer.err
    (criterion,) = steelyard("study", "agreement", "s", "--json").json["criteria"]
    assert (criterion["measurement"], criterion["level_chosen"]) == ("ordinal", "rubric")


def test_a_drawn_sheet_is_blind_and_comes_back(tmp_path: Path, steelyard: Steelyard) -> None:
    truth = judged(tmp_path, steelyard)
    plan = steelyard(
        "study",
        "plan",
        "old",
        "--metric",
        "recorded:judge",
        "--width",
        "0.2",
        "--draw",
        "sheet.csv",
        "--json",
    ).json
    with (tmp_path / "sheet.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == plan["drawn"] >= plan["labels"]
    assert set(rows[0]) == {"item", "epoch", "input", "output", "rater", "criterion", "value", "comment"}
    for row in rows[:-5]:
        right = truth["old"][int(row["item"][1:])]
        row |= {"rater": "ann", "criterion": "correct", "value": "yes" if right else "no"}
    with (tmp_path / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    back = steelyard("study", "import", "sheet.csv", "--name", "sheet", "--run", "old", "--json").json
    assert back["added"] == len(rows) - 5
    assert "5 rows have no value and count as not rated" in back["notes"][0]
    found = steelyard("study", "calibrate", "old", "--study", "sheet", "--metric", "recorded:judge", "--json")
    low, high = found.json["headline"]["interval"]
    assert low <= sum(truth["old"]) / CASES <= high


@pytest.mark.skipif(not MQM.exists(), reason="the WMT MQM ratings are not here")
def test_translation_errors_become_ratings(steelyard: Steelyard) -> None:
    found = steelyard("study", "import", str(MQM), "--name", "mqm", "--format", "mqm", "--json").json
    assert (found["added"], found["items"], len(found["raters"])) == (3120, 1040, 10)
    (criterion,) = steelyard("study", "agreement", "mqm", "--level", "interval", "--json").json["criteria"]
    alpha = criterion["coefficients"]["krippendorff_alpha"]
    assert alpha["value"] == pytest.approx(0.49986, abs=5e-6)
    assert alpha["interval"] == pytest.approx([0.4489, 0.5477], abs=1e-3)


def test_other_tables_hold_ratings_too(
    tmp_path: Path, steelyard: Steelyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"item": f"i{n}", "rater": r, "criterion": "ok", "value": n % 2} for n in range(4) for r in "ab"]
    write_lines(tmp_path / "r.jsonl", rows)
    assert steelyard("study", "import", "r.jsonl", "--name", "s", "--json").json["added"] == 8
