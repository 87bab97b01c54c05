from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.app.cli._root import run_program

SPAN = {
    "traceId": "5b8efff798038103d269b633813fc60c",
    "spanId": "eee19b7ec3c1b174",
    "name": "chat gpt-4o",
    "startTimeUnixNano": "1772366400000000000",
    "endTimeUnixNano": "1772366401500000000",
    "attributes": [
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
        {"key": "input.value", "value": {"stringValue": "write to ann@example.org"}},
    ],
}


def write(folder: Path) -> Path:
    path = folder / "spans.json"
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN, {**SPAN, "spanId": "00"}]}]}]}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_file_goes_in_is_listed_shown_and_goes_out_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> dict[str, object]:
        assert run_program(["traces", *arguments, "--project", str(tmp_path), "--json"]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    imported = run("import", str(write(tmp_path)), "--redact")
    assert (imported["accepted"], imported["total_spans"], imported["total_traces"]) == (1, 1, 1)
    assert imported["rejected"] == {"spanId must have 16 hexadecimal digits": 1}
    assert run("import", str(tmp_path / "spans.json"))["duplicates"] == 1
    listed = run("list", "--where", "model=gpt-4o")
    assert listed["total_spans"] == 1
    assert '"trace": "5b8efff798038103d269b633813fc60c"' in json.dumps(listed)
    assert '"duration_s": 1.5' in json.dumps(listed)
    assert len(json.dumps(run("list", "--search", "write"))) == len(json.dumps(listed))
    shown = run("show", "5b8e", "--payloads")
    assert "write to [email]" in json.dumps(shown)
    assert run("export", "-o", str(tmp_path / "out.jsonl"))["spans"] == 1
    again = tmp_path / "again"
    again.mkdir()
    assert run_program(["traces", "import", str(tmp_path / "out.jsonl"), "--project", str(again)]) == 0
    capsys.readouterr()
    assert run_program(["traces", "show", "5b", "--project", str(again)]) == 0
    assert "chat gpt-4o" in capsys.readouterr().out


def test_what_is_no_file_of_traces_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello\n", encoding="utf-8")
    assert run_program(["traces", "import", str(path), "--project", str(tmp_path)]) == 2
    assert "error:" in capsys.readouterr().err
    assert run_program(["traces", "show", "ab", "--project", str(tmp_path)]) == 2
    assert "no such trace" in capsys.readouterr().err
    assert run_program(["traces", "list", "--where", "shoe=1", "--project", str(tmp_path)]) == 2
    assert "no condition" in capsys.readouterr().err
