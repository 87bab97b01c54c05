from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.app._project import find_project
from steelyard.app._trace_settings import read_trace_settings
from steelyard.app.cli._root import run_program
from steelyard.core import ConfigError, Json
from steelyard.store.spans import open_spans
from steelyard.traces import Retention

FILE = """
[project]
name = "shop"
[traces]
redact = ["email", "phone"]
drop_attributes = ["http.request.header.*"]
keep_attributes = ["user.id"]
[traces.patterns]
order = 'ORD-\\d{8}'
[traces.retention]
payload_days = 30
span_days = 90
"""


def project(folder: Path, text: str = FILE) -> Path:
    (folder / "steelyard.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_table_is_read(tmp_path: Path) -> None:
    settings = read_trace_settings(find_project(project(tmp_path)).traces, where="[traces]")
    assert settings.retention == Retention(payload_days=30, span_days=90)
    assert settings.redaction.patterns == {"order": r"ORD-\d{8}"}
    assert settings.redaction.keep == ("user.id",)
    assert not settings.keeps_all
    assert read_trace_settings({}, where="").span_redaction() is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"redakt": []}, r"\[traces\]: unknown key 'redakt'. Known: redact, patterns"),
        ({"redact": ["mail"]}, "'redact' has no pattern 'mail'. Known: email, key, card, phone"),
        ({"redact": "email"}, "'redact' must be a list of names"),
        ({"patterns": {"a": 1}}, "must be a table of names and regular expressions"),
        ({"patterns": {"a": "("}}, r"\[traces\] patterns: the pattern 'a' cannot be read"),
        ({"retention": {"payload_days": 0}}, "'payload_days' must be a number of days"),
        ({"retention": {"days": 1}}, "unknown key 'days'"),
        ({"retention": 7}, "must be a table"),
    ],
)
def test_what_is_no_setting_is_said(table: dict[str, Json], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_trace_settings(table, where="[traces]")


def test_an_import_takes_out_what_the_project_says(tmp_path: Path) -> None:
    span = {
        "traceId": "1" * 32,
        "spanId": "2" * 16,
        "name": "mail to ann@example.org about ORD-12345678",
        "attributes": [
            {"key": "user.id", "value": {"stringValue": "bob@example.org"}},
            {"key": "http.request.header.cookie", "value": {"stringValue": "s3cret"}},
        ],
    }
    file = tmp_path / "trace.json"
    file.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}), encoding="utf-8")
    folder = project(tmp_path)
    assert run_program(["traces", "import", str(file), "--project", str(folder)]) == 0
    with open_spans(find_project(folder).store) as store:
        (stored,) = store.trace_spans("1" * 32)
        payload = store.span_payloads([stored.no])[stored.no]
    assert (stored.row.name, stored.row.user) == ("mail to [email] about [order]", "bob@example.org")
    assert b"s3cret" not in payload


def test_traces_are_deleted_by_user_and_by_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def span(number: int, user: str) -> dict[str, Json]:
        told: list[Json] = [{"key": "user.id", "value": {"stringValue": user}}]
        return {"traceId": f"{number:032x}", "spanId": "2" * 16, "name": "s", "attributes": told}

    spans: list[Json] = [span(1, "ann"), span(2, "bob"), span(3, "ann"), span(4, "cat")]
    file = tmp_path / "trace.json"
    file.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}), encoding="utf-8")
    at = ["--project", str(project(tmp_path, '[project]\nname = "shop"\n'))]
    assert run_program(["traces", "import", str(file), *at]) == 0
    assert run_program(["traces", "delete", *at]) == 2
    capsys.readouterr()
    assert run_program(["traces", "delete", "--user", "ann", "--json", *at]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted_spans": 2}
    assert run_program(["traces", "delete", f"{4:032x}", *at]) == 0
    with open_spans(find_project(tmp_path).store) as store:
        assert store.count_spans("shop") == (1, 1)
