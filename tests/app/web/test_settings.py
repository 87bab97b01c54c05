"""Settings: what is resolved, where it is set, and that no secret is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.app.web.conftest import PRINTABLE
from tests.app.web.test_pages import Elements

from steelyard import __version__
from steelyard.app._project import find_project
from steelyard.app._shown_settings import Shower
from steelyard.app._toml_lines import key_lines
from steelyard.app.web import Site, create_app
from steelyard.store import open_store

SECRETS = (
    "sk-live-0123456789abcdef",
    "hunter2hunter2",
    "header-value-1234",
    "query-secret-77",
    "bare-token-55",
    "oidc-secret-88",
)
PROJECT = f"""# a comment
[project]
name = "desk"

[targets."v 1"]
uri = "openai:small?base_url=http://me:hunter2hunter2@127.0.0.1:9/v1&sig=query-secret-77"
api_key = "sk-live-0123456789abcdef"
headers = {{ "X-Key" = "header-value-1234", "X-Env" = "$STEELYARD_TEST_KEY" }}
max_tokens = 50
system = \"\"\"You answer.
[targets.fake]
max_tokens = 1\"\"\"
stop = [
  "END",
  "{PRINTABLE.replace('"', "")}",
]

[targets.web]
uri = "http:https://bare-token-55@example.test/ask?k=query-secret-77"

[gate]
allowed_drop = 0.03
rules = "gate.yaml"

[server]
requests_per_second = 7

[server.oidc]
issuer = "https://id.example"
client_id = "desk"
client_secret = "$STEELYARD_TEST_SECRET"

[traces]
redact = ["email"]

[traces.retention]
span_days = 30
"""
RULES = "rules:\n  - {metric: exact_match, kind: bound, at_least: 0.5}\non_inconclusive: fail\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEELYARD_TEST_SECRET", "oidc-secret-88")
    (tmp_path / "steelyard.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "gate.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path


async def ask(folder: Path, *, then: str = "") -> tuple[dict[str, Any], str]:
    """The settings as the API and as the page give them, perhaps after the file was changed."""
    project = find_project(folder)
    with open_store(project.store) as store:
        site = Site(project=project, store=store)
        app = create_app(site)
        if then:
            (folder / "steelyard.toml").write_text(then, encoding="utf-8")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8321"
        ) as client:
            told = await client.get("/api/v1/settings")
            page = await client.get("/settings", headers={"accept": "text/html"})
        site.answers.close()
        site.headlines.close()
    assert (told.status_code, page.status_code) == (200, 200)
    return told.json(), page.text


def value(document: dict[str, Any], group: str, name: str, of: str = "") -> tuple[str, str]:
    rows = document["settings"][group]
    row = next(row for row in rows if row["name"] == name and row.get("of", "") == of)
    return row["value"], row["where"]


async def test_each_setting_says_where_it_is_set(folder: Path) -> None:
    told, _ = await ask(folder)
    lines = PROJECT.splitlines()
    for place, text in (
        (("targets", "max_tokens", "v 1"), "max_tokens = 50"),
        (("targets", "stop", "v 1"), "stop = ["),
        (("gate", "allowed_drop", ""), "allowed_drop = 0.03"),
        (("server", "requests_per_second", ""), "requests_per_second = 7"),
        (("server", "client_id", "oidc"), 'client_id = "desk"'),
        (("traces", "redact", ""), 'redact = ["email"]'),
        (("traces", "span_days", "retention"), "span_days = 30"),
    ):
        assert value(told, *place)[1] == f"steelyard.toml, line {lines.index(text) + 1}"
    assert value(told, "gate", "max_missing") == ("0.05", "default")
    assert value(told, "server", "name_claim", "oidc")[1] == "default"
    assert value(told, "traces", "payload_days", "retention")[1] == "default"
    assert value(told, "gate", "on_inconclusive") == ("fail", "gate.yaml")
    assert value(told, "gate", "rule") == ("exact_match must be at least 0.5", "gate.yaml")
    assert value(told, "software", "steelyard")[0] == __version__


async def test_no_secret_is_on_the_page_or_in_the_api(folder: Path) -> None:
    told, page = await ask(folder)
    for secret in SECRETS:
        assert secret not in page
        assert secret not in str(told)
    assert value(told, "targets", "api_key", "v 1")[0] == "••• (set, not shown)"
    assert value(told, "targets", "uri", "v 1")[0] == (
        "openai:small?base_url=http://•••@127.0.0.1:9/v1&sig=•••"
    )
    assert "$STEELYARD_TEST_KEY (not set)" in value(told, "targets", "headers", "v 1")[0]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://me:p@ss@127.0.0.1/v1", "http://•••@127.0.0.1/v1"),
        ("http://127.0.0.1/v1?mail=a@b", "http://127.0.0.1/v1?mail=•••"),
        (
            "command:ask --password hunter2 --token 'a b' -v --max-tokens 5",
            "command:ask --password ••• --token ••• -v --max-tokens 5",
        ),
        ("command:ask http://me:hunter2@127.0.0.1/v1", "command:ask http://•••@127.0.0.1/v1"),
    ],
)
def test_secrets_in_addresses_and_options_are_hidden(uri: str, shown: str) -> None:
    assert Shower({}).say("uri", uri) == shown


async def test_texts_of_the_file_are_data(folder: Path) -> None:
    _, page = await ask(folder)
    found = Elements(page)
    assert PRINTABLE.replace('"', "")[:8] in found.text
    assert not [tag for tag, given in found.tags if "onerror" in given]
    assert all(given.get("src") for tag, given in found.tags if tag == "script")


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (PROJECT.replace("0.03", "0.04"), "start it again"),
        ("[projekt]", "cannot be read now"),
        (PROJECT + "\n# a comment alone\n", ""),
    ],
    ids=["changed", "broken", "the same"],
)
async def test_a_file_that_was_changed_since_is_said(folder: Path, then: str, said: str) -> None:
    told, page = await ask(folder, then=then)
    assert said in (told["changed"] or "")
    assert bool(told["changed"]) == bool(said)
    assert not said or said in page


async def test_broken_rules_are_said_and_the_rest_is_shown(folder: Path) -> None:
    (folder / "gate.yaml").write_text("rules: 7\n", encoding="utf-8")
    told, page = await ask(folder)
    assert "The rules cannot be used" in page
    assert value(told, "gate", "allowed_drop")[0] == "0.03"


async def test_without_a_file_everything_is_default(tmp_path: Path) -> None:
    told, page = await ask(tmp_path)
    assert told["file"] is None
    assert "steelyard init" in page
    assert {row["where"] for row in told["settings"]["gate"]} == {"default"}


async def test_on_this_machine_alone_nobody_logs_in(client: httpx.AsyncClient) -> None:
    for address in ("/settings", "/settings/users", "/settings/keys"):
        page = Elements((await client.get(address)).text).text
        assert "steelyard user add NAME" in page
        assert "whoever can open this address on this machine is its administrator" in page
    assert (await client.get("/settings/audit")).status_code == 200
    refused = await client.post("/settings/keys", data={"name": "x", "role": "admin", "scope": "api"})
    assert refused.status_code == 400
    assert "logins are off" in refused.text


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a = 1", ("a",), 1),
        ("[t]\na = 1 # [x]", ("t", "a"), 2),
        ('[t."x.y"]\na.b = 1', ("t", "x.y", "a", "b"), 2),
        ('a = """\nb = 1\n"""\nc = 2', ("c",), 4),
        ('a = [\n "]",\n 2]\nc = 2', ("c",), 4),
        ("a = {b = 1}\nc = 2", ("c",), 2),
    ],
    ids=str,
)
def test_a_key_is_found_in_its_line(text: str, place: tuple[str, ...], line: int) -> None:
    found = key_lines(text)
    assert found[place] == line
    assert ("b",) not in found


@pytest.mark.parametrize("text", ["", "[", "= 1", '"', "\x00 = \x00", "[[a]\n]", 'a = """'])
def test_what_is_no_project_file_has_no_lines_or_harmless_ones(text: str) -> None:
    assert all(isinstance(line, int) for line in key_lines(text).values())
