"""`steelyard feedback`: added, imported, listed and deleted at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.app.conftest import Steelyard

TRACE = "a" * 32


def test_what_is_added_twice_counts_once(steelyard: Steelyard) -> None:
    thumb = ("feedback", "add", "--kind", "thumb", "--trace", TRACE, "--value", "down", "--label", "wrong")
    assert steelyard(*thumb, "--json").json["accepted"] == 1
    assert steelyard(*thumb, "--json").json["duplicates"] == 1
    event = ("--kind", "event", "--name", "refunded", "--value", "12.5", "--session", "s1", "--id", "t-7")
    assert steelyard("feedback", "add", *event, "--json").json["id"] == "t-7"
    found = steelyard("feedback", "list", "--json").json["feedback"]
    assert (found[0]["id"], found[0]["value"], found[0]["tone"]) == ("t-7", 12.5, "negative")
    assert [item["label"] for item in found] == ["", "wrong"]
    shown = steelyard("feedback", "list", "--tone", "negative", "--kind", "thumb", "--trace", TRACE.upper())
    assert "wrong" in shown.out
    assert "refunded" not in shown.out
    assert steelyard("feedback", "list", "--until", "2020-01-01").out.startswith("No feedback.")


def test_a_mistake_is_said(steelyard: Steelyard) -> None:
    for words, options in (
        ("a 'trace', a 'session' or a 'user'", ("--kind", "thumb", "--value", "up")),
        ("must be 'up' or 'down'", ("--kind", "thumb", "--value", "5", "--trace", TRACE)),
        ("'much' is no number", ("--kind", "score", "--value", "much", "--trace", TRACE)),
        ("'value' must be a number", ("--kind", "score", "--value", "nan", "--trace", TRACE)),
    ):
        answer = steelyard("feedback", "add", *options)
        assert answer.code == 2
        assert words in answer.err


def test_a_file_is_imported_once_and_its_broken_lines_are_named(steelyard: Steelyard, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "a", "kind": "thumb", "trace": TRACE, "value": "up"}),
        "",
        json.dumps({"kind": "text", "trace": TRACE, "text": "Write to ann@example.org"}),
        "{",
        json.dumps({"kind": "thumb", "trace": "zz", "value": "up"}),
        json.dumps(["not", "an", "item"]),
    ]
    path = tmp_path / "feedback.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    first = steelyard("feedback", "import", str(path), "--redact", "--json").json
    assert (first["accepted"], first["duplicates"]) == (2, 0)
    assert [(item["line"], item["reason"][:24]) for item in first["rejected"]] == [
        (4, "the line is not JSON"),
        (5, "'trace' must be 32 hexad"),
        (6, "an item must be an objec"),
    ]
    again = steelyard("feedback", "import", str(path), "--redact", "--json").json
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    listed = steelyard("feedback", "list", "--json").json["feedback"]
    assert listed[0]["text"] == "Write to [email]"
    path.write_text("{\n", encoding="utf-8")
    broken = steelyard("feedback", "import", str(path))
    assert (broken.code, "line 1: the line is not JSON" in broken.err) == (2, True)


def test_feedback_goes_by_id_and_by_sender(steelyard: Steelyard) -> None:
    for name in ("a", "b"):
        steelyard("feedback", "add", "--kind", "text", "--trace", TRACE, "--text", "x", "--id", name)
    assert steelyard("feedback", "delete", "a", "unknown", "--json").json == {"deleted": 1}
    assert steelyard("feedback", "delete", "--by", "key:none", "--json").json == {"deleted": 0}
    assert steelyard("feedback", "delete").code == 2
    assert [item["id"] for item in steelyard("feedback", "list", "--json").json["feedback"]] == ["b"]


def test_what_the_project_takes_out_of_traces_it_takes_out_of_feedback(
    steelyard: Steelyard, tmp_path: Path
) -> None:
    settings = '[project]\nname = "p"\n[traces]\nredact = ["email"]\n'
    (tmp_path / "steelyard.toml").write_text(settings, encoding="utf-8")
    words = ("--user", "ann@example.org", "--text", "Mine is ann@example.org", "--id", "a")
    steelyard("feedback", "add", "--kind", "text", *words)
    (item,) = steelyard("feedback", "list", "--json").json["feedback"]
    assert (item["user"], item["text"]) == ("[email]", "Mine is [email]")
