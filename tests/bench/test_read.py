from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from steelyard.bench import read_cases
from steelyard.core import InputError, Json, UsageError


def _write(folder: Path, *rows: Mapping[str, Json] | str, name: str = "cases.jsonl") -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_reads_every_field_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "a.png").write_bytes(b"\x89PNG")
    row: dict[str, Json] = {
        "id": "refund-1",
        "input": [{"role": "user", "content": "Refund?"}],
        "expected": ["yes", "Yes."],
        "context": ["Refunds take 5 days."],
        "turns": [{"role": "user", "content": "And now?"}, "And then?"],
        "scenario": {"persona": "angry", "goal": "money back", "max_turns": 3},
        "attachments": [{"path": "img/a.png"}],
        "slices": {"topic": "refunds", "tier": 1, "live": True},
        "group": "refunds",
        "weight": 2,
        "split": "sealed",
        "metadata": {"author": {"team": "x"}},
    }
    imported = read_cases(_write(tmp_path, row))
    case = imported.cases[0]
    assert (case.id, case.expected, case.group, case.weight, case.split) == (
        "refund-1",
        ["yes", "Yes."],
        "refunds",
        2.0,
        "sealed",
    )
    assert case.turns[1] == {"role": "user", "content": "And then?"}
    assert case.slices == {"topic": "refunds", "tier": "1", "live": "true"}
    assert case.scenario is not None
    assert case.scenario.max_turns == 3
    assert case.attachments[0].media_type == "image/png"
    assert imported.attachments[case.attachments[0].sha256] == b"\x89PNG"
    assert imported.format == "jsonl"
    assert imported.notes == ()


def test_malformed_json_at_line_812_is_named_first(tmp_path: Path) -> None:
    rows: list[Mapping[str, Json] | str] = [{"id": str(n), "input": "q"} for n in range(1, 1000)]
    rows[811] = '{"id": "812", "input": "q"'
    with pytest.raises(
        InputError, match=r"cases\.jsonl:812: is not JSON: Expecting ',' delimiter at column 27"
    ) as caught:
        read_cases(_write(tmp_path, *rows))
    assert "nothing was imported" in caught.value.hint
    assert len(caught.value.details) == 1


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"input": "q"}, "id", "is missing"),
        ({"id": "x"}, "input", "needs input, turns or scenario"),
        ({"id": "x", "input": []}, "input", "needs input, turns or scenario"),
        ({"id": "", "input": "q"}, "id", "must not be empty"),
        ({"id": " x", "input": "q"}, "id", "begin or end with a space"),
        ({"id": "a\u0000b", "input": "q"}, "id", "control or invisible"),
        ({"id": "a\u200bb", "input": "q"}, "id", "control or invisible"),
        ({"id": "\ud800", "input": "q"}, "id", "control or invisible"),
        ({"id": "x" * 513, "input": "q"}, "id", "at most 512"),
        ({"id": True, "input": "q"}, "id", "must be text"),
        ({"id": "x", "input": 5}, "input", "must be text, a list of messages or an object"),
        ({"id": "x", "input": [{"content": "q"}]}, "input", "without a role"),
        ({"id": "x", "input": [{"role": "user"}]}, "input", "without content"),
        ({"id": "x", "input": "q", "expected": [["a"]]}, "expected", "the list holds a list"),
        ({"id": "x", "input": "q", "context": [1]}, "context", "list of texts"),
        ({"id": "x", "turns": "q"}, "turns", "list of messages"),
        ({"id": "x", "turns": [7]}, "turns", "must hold messages"),
        ({"id": "x", "scenario": {"goal": "g"}}, "scenario", "needs a persona"),
        ({"id": "x", "scenario": {"persona": "p", "goal": "g", "max_turns": 0}}, "scenario", "from 1 to"),
        (
            {"id": "x", "scenario": {"persona": "p", "goal": "g", "turns": 2}},
            "scenario",
            "unknown key 'turns'",
        ),
        ({"id": "x", "input": "q", "weight": 0}, "weight", "above 0"),
        ({"id": "x", "input": "q", "weight": -1.5}, "weight", "above 0"),
        ({"id": "x", "input": "q", "weight": "2"}, "weight", "must be a number"),
        ({"id": "x", "input": "q", "weight": 10**400}, "weight", "finite number"),
        ({"id": "x", "input": "q", "slices": {"a": {"b": "c"}}}, "slices", "text or a number"),
        ({"id": "x", "input": "q", "slices": {"a=b": "c"}}, "slices", "cannot name a dimension"),
        ({"id": "x", "input": "q", "slices": ["a"]}, "slices", "must be an object"),
        ({"id": "x", "input": "q", "group": ""}, "group", "printable characters"),
        ({"id": "x", "input": "q", "split": {"a": 1}}, "split", "must be text"),
        ({"id": "x", "input": "q", "metadata": "m"}, "metadata", "must be an object"),
        ({"id": "x", "input": "q", "expcted": "a"}, "expcted", "did you mean 'expected'"),
        ({"id": "x", "input": "q", "slice": "a"}, "slice", "did you mean 'slices'"),
        ({"id": "x", "input": "q", "epoch": 0, "output": "a"}, "epoch", "whole number from 1"),
        ({"id": "x", "input": "q", "output": "a", "scores": {"s": "high"}}, "output", "must be a number"),
    ],
)
def test_names_line_field_and_reason(tmp_path: Path, row: dict[str, Json], field: str, reason: str) -> None:
    path = _write(tmp_path, {"id": "first", "input": "q"}, {"id": "second", "input": "q"}, row)
    with pytest.raises(InputError, match=f"cases.jsonl:3: {field}: ") as caught:
        read_cases(path)
    assert reason in caught.value.details[0]
    assert caught.value.details[0].startswith(f"line 3, {field}: ")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "x", "input": NaN}', "NaN"),
        ('{"id": "x", "input": "q", "weight": Infinity}', "Infinity"),
        ('{"id": "x", "input": "q", "weight": 1e999}', "too large"),
        ('{"id": "x", "id": "y", "input": "q"}', "holds the key 'id' twice"),
        ('["id", "input"]', "not a JSON object"),
        ("7", "not a JSON object"),
        ('{"id": "x", "input": ' + "[" * 100_000, "nested too deeply|is not JSON"),
        ('{"id": "x", "input": "q", "metadata": {"n": ' + "9" * 5000 + "}}", "cannot be read"),
        ('{"id": "x", "input": "a\x00b"}', "is not JSON"),
    ],
)
def test_refuses_hostile_lines(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_cases(_write(tmp_path, {"id": "first", "input": "q"}, {"id": "2nd", "input": "q"}, line))


def test_reports_every_bad_row_once(tmp_path: Path) -> None:
    rows: list[Mapping[str, Json] | str] = [{"id": str(n), "input": "q"} for n in range(2000)]
    rows += [{"id": f"bad-{n}", "input": "q", "weight": -1} for n in range(1500)]
    with pytest.raises(InputError, match="the first of 1,500 problems in 1,500 rows") as caught:
        read_cases(_write(tmp_path, *rows))
    assert len(caught.value.details) == 1001
    assert caught.value.details[-1] == "and 500 more"


def test_duplicate_ids_name_the_other_line(tmp_path: Path) -> None:
    path = _write(
        tmp_path, {"id": "a", "input": "q"}, "", {"id": "a", "input": "r"}, {"id": "b", "input": "q"}
    )
    with pytest.raises(
        InputError, match=r":3: id: 'a' is taken by line 1: ids must be unique, and input differs"
    ):
        read_cases(path)
    path = _write(tmp_path, {"id": "a", "input": "q"}, {"id": "a", "input": "q"})
    with pytest.raises(InputError, match="the row is there twice"):
        read_cases(path)


def test_unknown_keys_become_metadata_with_a_note(tmp_path: Path) -> None:
    imported = read_cases(
        _write(
            tmp_path,
            {"id": "a", "input": "q", "author": "jo", "metadata": {"team": "x"}},
            {"id": "b", "input": "q"},
        )
    )
    assert imported.cases[0].metadata == {"team": "x", "author": "jo"}
    assert imported.notes == ("kept as metadata: 'author'",)


def test_a_metadata_key_that_is_a_column_too_must_agree(tmp_path: Path) -> None:
    path = _write(tmp_path, {"id": "a", "input": "q", "author": "jo", "metadata": {"author": "x"}})
    with pytest.raises(InputError, match="another value of that name stands in metadata"):
        read_cases(path)


def test_numbers_and_empty_lists_are_read_as_what_they_mean(tmp_path: Path) -> None:
    imported = read_cases(
        _write(
            tmp_path,
            {"id": 7, "input": "q", "expected": 18},
            {"id": "b", "input": "q", "expected": []},
            {"id": "c", "input": "q", "expected": True, "context": "one text"},
        )
    )
    assert [case.id for case in imported.cases] == ["7", "b", "c"]
    assert [case.expected for case in imported.cases] == ["18", None, "true"]
    assert imported.cases[2].context == ("one text",)


def test_recorded_outputs_in_case_lines_become_a_run(tmp_path: Path) -> None:
    rows: list[Mapping[str, Json]] = [
        {"id": "a", "input": "q", "output": "x", "epoch": 1, "scores": {"ok": 1}, "latency_s": 0.5},
        {"id": "a", "input": "q", "output": "y", "epoch": 2, "scores": {"ok": 0}},
        {"id": "b", "input": "r", "error": "timeout"},
    ]
    imported = read_cases(_write(tmp_path, *rows, name="v2.answers.jsonl"))
    assert [case.id for case in imported.cases] == ["a", "b"]
    (run,) = imported.runs
    assert run.label == "v2"
    assert run.epochs == 2
    assert run.outputs["a", 2].text == "y"
    assert run.outputs["a", 1].scores == {"ok": 1.0}
    fault = run.outputs["b", 1].fault
    assert fault is not None
    assert fault.owner == "target"
    assert imported.metrics == ("recorded:ok",)
    again = _write(tmp_path, rows[0], {**rows[1], "epoch": 1}, name="v3.jsonl")
    with pytest.raises(InputError, match="two answers of 'v3' for epoch 1"):
        read_cases(again)


def test_a_json_array_and_an_object_around_it(tmp_path: Path) -> None:
    rows = [{"id": "a", "input": "q"}, {"id": "b", "input": "r"}]
    plain = tmp_path / "cases.json"
    plain.write_text(json.dumps(rows), encoding="utf-8")
    wrapped = tmp_path / "wrapped.json"
    wrapped.write_text(json.dumps({"name": "x", "data": rows}), encoding="utf-8")
    assert read_cases(plain).cases == read_cases(wrapped).cases
    assert read_cases(plain).format == read_cases(wrapped).format == "json"
    broken = tmp_path / "broken.json"
    broken.write_text("[{", encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.json: the file is not JSON"):
        read_cases(broken, format="json")
    scalar = tmp_path / "scalar.json"
    scalar.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="no list of objects"):
        read_cases(scalar, format="json")


def test_empty_missing_and_unknown(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match=r"holds no cases|is empty"):
        read_cases(empty)
    with pytest.raises(InputError, match="no such file"):
        read_cases(tmp_path / "absent.jsonl")
    noise = tmp_path / "noise.bin"
    noise.write_bytes(os.urandom(100) + b"\x00")
    with pytest.raises(InputError, match=r"cannot be recognised|not UTF-8"):
        read_cases(noise)
    with pytest.raises(UsageError, match="'jsnol' is not a known format") as caught:
        read_cases(empty, format="jsnol")
    assert "jsonl" in caught.value.hint


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cases.jsonl")
    with pytest.raises(InputError, match="is a pipe or a device"):
        read_cases(tmp_path / "cases.jsonl")


def test_a_bomb_ends_with_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b'{"id": "a", "input": "')
        for _ in range(70):
            file.write(b"a" * 2**20)
    with pytest.raises(InputError, match="the line is longer than 64 MiB"):
        read_cases(path)


def test_attachments_stay_inside_their_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("key", encoding="utf-8")
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    reasons = {
        "../secret.txt": "outside the folder",
        "sub/../../secret.txt": "outside the folder",
        "/etc/passwd": "must be relative",
        "link.txt": "outside the folder",
        "loop": "cannot be followed|does not exist|outside",
        "C:\\x": "must be relative",
        "a\u0000b": "not a path",
        "": "not a path",
        ".": "not a path",
        "./": "not a path",
        "\ud800": "not a path",
        "x" * 300: "cannot be read",
        "absent.png": "does not exist",
        "sub": "is not a file",
        "pipe": "is not a file",
    }
    for path, reason in reasons.items():
        row: dict[str, Json] = {"id": "a", "input": "q", "attachments": [{"path": path}]}
        with pytest.raises(InputError, match=reason):
            read_cases(_write(folder, row))


def test_an_attachment_hash_is_checked(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    right = (
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # sha256 of "x", from sha256sum
    )
    entry: dict[str, Json] = {"path": "a.txt", "sha256": right.upper(), "media_type": "text/markdown"}
    imported = read_cases(_write(tmp_path, {"id": "a", "input": "q", "attachments": [entry]}))
    assert imported.cases[0].attachments[0].as_json() == {**entry, "sha256": right}
    with pytest.raises(InputError, match="has SHA-256 2d711642"):
        read_cases(
            _write(
                tmp_path, {"id": "a", "input": "q", "attachments": [{"path": "a.txt", "sha256": "0" * 64}]}
            )
        )
