"""Trying a sample again: beside the run, on the targets that may be asked, and never in the run."""

from __future__ import annotations

import asyncio
import hashlib
import html
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.datastructures import FormData
from tests.app.web.conftest import HOSTILE, write_lines
from tests.app.web.endpoint import Endpoint, endpoint

from steelyard.app._playground import Changes, Playground
from steelyard.app._project import find_project
from steelyard.app.accounts import KeyRequest, NewUser, Passwords, Role, add_user, make_key
from steelyard.app.cli._root import run_program
from steelyard.app.web import Site, create_app
from steelyard.app.web._play_form import changes_of, fields_of
from steelyard.core import Case, SteelyardError, TargetError
from steelyard.runs import Sample
from steelyard.store import open_store
from steelyard.store.accounts import Accounts

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
HTML = {"accept": "text/html"}


@pytest.fixture
def asked() -> Iterator[Endpoint]:
    with endpoint() as found:
        yield found


def play_project(folder: Path, url: str) -> None:
    """Three cases (a text, messages with a picture in them, a conversation) run on a live endpoint."""
    (folder / "system.md").write_text("Be kind.", encoding="utf-8")
    (folder / "secret.txt").write_text("SECRET OF THE SERVER", encoding="utf-8")
    price = "price = {input = 1000.0, output = 2000.0}"
    (folder / "steelyard.toml").write_text(
        '[project]\nname = "play"\n'
        f'[targets.live]\nuri = "openai:m?base_url={url}"\nsystem = "file:system.md"\n{price}\n'
        f'[targets.other]\nuri = "openai:n?base_url={url}&temperature=0.5"\n'
        '[targets.gone]\nuri = "openai:m?base_url=http://127.0.0.1:9/v1"\n'
        '[targets.program]\nuri = "command:/bin/cat"\n'
        '[targets.recorded]\nuri = "replay:nowhere.jsonl"\n',
        encoding="utf-8",
    )
    (folder / "dot.png").write_bytes(PNG)
    (folder / "page.html").write_text("<script>window.hit=1</script>", encoding="utf-8")
    cases: list[dict[str, object]] = [
        {"id": "text", "input": "line one\nline two <b>", "expected": "no"},
        {"id": "odd", "input": f"one\r\ntwo\0 \ud800 {HOSTILE}", "expected": HOSTILE},
        {
            "id": "messages",
            "input": [
                {"role": "user", "content": "What is this?"},
                {"role": "assistant", "content": "Which?"},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "this"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    ],
                },
            ],
            "attachments": [
                {"path": "dot.png", "media_type": "image/png"},
                {"path": "page.html", "media_type": "text/html"},
            ],
            "expected": {"answer": 42},
        },
        {
            "id": "talk",
            "turns": [{"role": "user", "content": "first"}, {"role": "user", "content": "second"}],
        },
        {"id": "shut", "input": "SECRET", "split": "sealed"},
    ]
    write_lines(folder / "cases.jsonl", cases)
    at = ["--project", str(folder)]
    assert run_program(["bench", "add", "play", str(folder / "cases.jsonl"), *at]) == 0
    metrics = ["--metric", "contains", "--metric", "length"]
    assert run_program(["run", "play", "--target", "live", *metrics, *at]) == 0


@pytest.fixture
def site(tmp_path: Path, asked: Endpoint, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    play_project(tmp_path, asked.url)
    capsys.readouterr()
    project = find_project(tmp_path)
    with open_store(project.store) as store:
        found = Site(project=project, store=store)
        yield found
        found.answers.close()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(site), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as opened:
        yield opened


def sample_of(site: Site, case: str) -> Sample:
    return next(iter(site.store.samples(site.store.get_run("latest").id, keys={(case, 1)})))


def address(case: str, what: str = "try") -> str:
    return f"/runs/latest/sample/{what}?{urlencode({'case': case})}"


async def form_of(client: httpx.AsyncClient, case: str) -> dict[str, str]:
    """What a browser would send of the form, untouched; its lines end as HTML has it."""
    text = (await client.get(address(case), headers=HTML)).text
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    return {"target": "", **{name: html.unescape(value).replace("\n", "\r\n") for name, value in areas}}


async def test_the_same_question_again_is_asked_as_the_run_asked_it(
    site: Site, client: httpx.AsyncClient, asked: Endpoint
) -> None:
    before = site.store.revision(site.store.get_run("latest").id)
    in_run = list(asked.asked)
    for case in ("text", "odd", "messages", "talk"):
        asked.asked.clear()
        answer = await client.post(address(case), data=await form_of(client, case), headers=HTML)
        assert answer.status_code == 200
        assert "asked the same again" in answer.text
        assert "Make this a case" not in answer.text
        assert all(body in in_run for body in asked.asked)
        assert len(asked.asked) == (2 if case == "talk" else 1)
    assert site.store.revision(site.store.get_run("latest").id) == before


async def test_what_is_changed_is_sent_scored_and_set_beside_the_run(
    client: httpx.AsyncClient, asked: Endpoint
) -> None:
    form = await form_of(client, "text")
    form |= {"input": "say no", "system": "Be brief.", "temperature": "0.25", "max_tokens": "9"}
    page = (await client.post(address("text"), data=form, headers=HTML)).text
    sent = asked.asked[-1]
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "say no"},
    ]
    assert (sent["temperature"], sent["max_tokens"]) == (0.25, 9)
    shown = html.unescape(page)
    assert "another question, another system prompt, temperature 0.25, max tokens 9" in shown
    assert "The answer of Be brief. at 0.25 to SAY NO" in shown
    assert "The answer of Be kind." in shown
    assert "$0.026" in shown, "12 tokens in and 7 out at 1,000 and 2,000 dollars a million"


async def test_another_target_uses_its_own_prompt_and_sampling_stands_before_its_address(
    client: httpx.AsyncClient, asked: Endpoint
) -> None:
    form = {**await form_of(client, "text"), "target": "other", "temperature": "0.9"}
    await client.post(address("text"), data=form, headers=HTML)
    sent = asked.asked[-1]
    assert (sent["model"], sent["temperature"]) == ("n", 0.9)
    assert [message["role"] for message in sent["messages"]] == ["user"]


async def test_one_message_of_several_is_changed_and_the_others_stay(
    client: httpx.AsyncClient, asked: Endpoint
) -> None:
    form = await form_of(client, "messages")
    assert {"message-0", "message-1"} <= set(form)
    assert "message-2" not in form
    page = await client.get(address("messages"), headers=HTML)
    assert "1 more message with pictures" in page.text
    assert "2 attachments go along" in page.text
    await client.post(address("messages"), data={**form, "message-1": "Which one?"}, headers=HTML)
    sent = asked.asked[-1]["messages"]
    assert sent[2]["content"] == "Which one?"
    assert [part["type"] for part in sent[3]["content"]] == ["text", "image_url", "image_url", "text"]


async def test_a_text_that_a_field_would_change_is_written_as_json(
    client: httpx.AsyncClient, asked: Endpoint
) -> None:
    form = await form_of(client, "odd")
    assert form["input-json"].startswith('"one\\r\\ntwo')
    await client.post(address("odd"), data={**form, "input-json": '"a\\u202eb\\r\\n"'}, headers=HTML)
    assert asked.asked[-1]["messages"][-1]["content"] == "a\u202eb\r\n"
    for text in ("[]", "no", "NaN"):
        page = await client.post(address("odd"), data={**form, "input-json": text}, headers=HTML)
        assert 'role="alert"' in page.text, text


def test_an_object_is_written_as_json() -> None:
    case = Case(id="object", input={"question": "How many?", "of": [1]})
    (field,) = fields_of(case)
    assert (field.name, field.is_json) == ("object", True)
    typed = field.text.replace("\n", "\r\n")
    assert changes_of(FormData({"object": typed}), case, ()) == Changes()
    other = changes_of(FormData({"object": '{"question": "Why?"}'}), case, ())
    assert other == Changes(input={"question": "Why?"})


async def test_a_try_becomes_a_case_of_the_next_version(site: Site, client: httpx.AsyncClient) -> None:
    form = {**await form_of(client, "messages"), "message-0": "And this?"}
    page = (await client.post(address("messages"), data=form, headers=HTML)).text
    question = html.unescape(re.findall(r'name="question" value="([^"]*)"', page)[0])
    given = {"question": question, "benchmark": "play", "id": "new", "expected": '{\r\n  "answer": 42\r\n}'}
    made = await client.post(address("messages", "case"), data=given, headers=HTML)
    assert (made.status_code, made.headers["location"]) == (303, "/benchmarks/play/v2/case?id=new")
    latest = site.store.versions("play")[-1]
    case = site.store.find_case(latest, "new")
    assert case.expected == {"answer": 42}
    assert [item.path for item in case.attachments] == ["dot.png", "page.html"]
    assert isinstance(case.input, list)
    assert [message["content"] for message in case.input[:2]] == ["And this?", "Which?"]
    assert latest.provenance.source == "run"
    again = await client.post(address("messages", "case"), data=given, headers=HTML)
    assert again.status_code == 400


async def test_what_goes_wrong_is_said_in_words(client: httpx.AsyncClient) -> None:
    form = await form_of(client, "text")
    for change, words in (
        ({"target": "gone"}, "127.0.0.1:9"),
        ({"target": "nothing"}, "No target is called"),
        ({"temperature": "warm"}, "temperature must be a number"),
        ({"temperature": "nan"}, "temperature must be a number"),
        ({"system": "file:secret.txt"}, "cannot start with 'file:'"),
        ({"input": "x" * 1_000_001}, "more than 1,000,000 characters"),
        ({"input": "broken"}, "400"),
    ):
        page = await client.post(address("text"), data={**form, **change}, headers=HTML)
        assert page.status_code == 200, change
        assert words in html.unescape(page.text), change
        assert "SECRET" not in page.text


async def test_sealed_cases_and_unknown_ones_are_not_tried(client: httpx.AsyncClient) -> None:
    assert (await client.get(address("shut"), headers=HTML)).status_code == 400
    body = {"run": "latest", "case": "shut", "input": "what did it say?"}
    answer = await client.post("/api/v1/playground", json=body)
    assert (answer.status_code, "sealed" in answer.text, "SECRET" in answer.text) == (400, True, False)
    missing = await client.post("/api/v1/playground", json={**body, "case": "none"})
    assert missing.status_code == 404


async def test_programs_are_run_only_where_that_is_allowed(site: Site) -> None:
    run, sample = site.store.get_run("latest"), sample_of(site, "text")
    ground = Playground(project=site.project, store=site.store, executes=False)
    problems = {choice.label: choice.problem for choice in ground.choices(run, sample.case)}
    assert "execute a program on the server" in problems["program"]
    assert "recorded" in problems["recorded"]
    assert (problems["live"], problems["other"], problems["gone"]) == ("", "", "")
    with pytest.raises(SteelyardError, match="does not allow that"):
        await ground.play(run, sample, Changes(target="program"))
    allowed = replace(ground, executes=True)
    tried = await allowed.play(run, sample, Changes(target="program", input="hello"))
    assert tried.output.fault is not None
    assert tried.output.fault.kind == "invalid", "it ran, and said back what it was given"
    with pytest.raises(SteelyardError, match="take no system"):
        await allowed.play(run, sample, Changes(target="program", system="Be evil."))


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_server_with_logins_allows_programs_only_by_its_settings(site: Site, allowed: bool) -> None:
    """Even one on loopback: whoever logs in there is not the person whose machine it is."""
    body = {"run": "latest", "case": "text", "target": "program"}
    project = replace(site.project, server={"playground_programs": allowed})
    transport = httpx.ASGITransport(create_app(replace(site, project=project)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as client:
        assert (await client.post("/api/v1/playground", json=body)).status_code == 200
        wanted = KeyRequest(name="k", project="play", role=Role.editor, scopes=("api",), lifetime=None)
        keys = Accounts(site.store)
        add_user(
            keys.people,
            NewUser(name="ada", role=Role.admin, project="play", password="correct horse battery"),
            passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=64)),
            clock=site.clock,
        )
        assert (await client.post("/api/v1/playground", json=body)).status_code == 401
        _, token = make_key(keys.keys, wanted, clock=site.clock)
        client.headers["authorization"] = f"Bearer {token}"
        answer = await client.post("/api/v1/playground", json=body)
    assert answer.status_code == (200 if allowed else 400), answer.text
    assert ("does not allow that" in answer.text) is not allowed


async def test_metrics_that_execute_something_are_left_out_where_that_is_not_allowed(site: Site) -> None:
    run, sample = site.store.get_run("latest"), sample_of(site, "text")
    spec = replace(run.metrics[0], name="python:mine:score")
    ground = Playground(project=site.project, store=site.store, executes=False)
    tried = await ground.play(replace(run, metrics=(spec, run.metrics[1])), sample, Changes())
    assert type(tried.scores[spec.key]).__name__ == "Skipped"
    assert type(tried.scores["length"]).__name__ == "Scored"


async def test_the_api_gives_the_try_beside_the_run(client: httpx.AsyncClient, asked: Endpoint) -> None:
    body = {"run": "latest", "case": "text", "input": "say no", "system": "", "temperature": 0}
    answer = await client.post("/api/v1/playground", json=body)
    assert answer.status_code == 200
    document = answer.json()
    assert document["try"]["output"] == "The answer of nobody at 0 to SAY NO"
    assert document["try"]["cost_usd"] == pytest.approx(0.026)
    assert set(document["try"]["scores"]) == {"contains", "length"}
    assert document["before"]["output"].startswith("The answer of Be kind.")
    assert document["case"]["input"] == "say no"
    lost = await client.post("/api/v1/playground", json={**body, "target": "gone"})
    assert (lost.status_code, lost.json()["error"]["kind"]) == (502, "target")
    odd = await client.post("/api/v1/playground", json={**body, "target": "live", "uri": "command:id"})
    assert odd.status_code == 422


async def test_every_try_is_in_the_audit_log(site: Site, client: httpx.AsyncClient) -> None:
    form = {**await form_of(client, "text"), "target": "other"}
    await client.post(address("text"), data=form, headers=HTML)
    entry = (await client.get("/api/v1/audit")).json()["entries"][0]
    run = site.store.get_run("latest").id
    assert (entry["action"], entry["who"]) == ("playground_try", "local")
    assert entry["detail"] == {"status": 200, "run": run, "case": "text", "target": "other"}


async def test_only_a_few_tries_go_out_at_once(client: httpx.AsyncClient) -> None:
    body = {"run": "latest", "case": "text", "input": "slow"}
    tries = [client.post("/api/v1/playground", json=body) for _ in range(6)]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*tries))
    assert codes == [200, 200, 200, 200, 429, 429]


async def test_a_try_that_nobody_waits_for_is_ended(site: Site) -> None:
    run, sample = site.store.get_run("latest"), sample_of(site, "text")
    ground = Playground(project=site.project, store=site.store, executes=False)
    task = asyncio.create_task(ground.play(run, sample, Changes(input="slow")))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(TargetError, match=r"127\.0\.0\.1:9"):
        await ground.play(run, sample, Changes(target="gone"))


async def test_attachments_are_shown_or_downloaded_by_what_they_are(
    site: Site, client: httpx.AsyncClient
) -> None:
    page = (await client.get("/runs/latest/sample?case=messages", headers=HTML)).text
    picture, other = (hashlib.sha256(data).hexdigest() for data in (PNG, b"<script>window.hit=1</script>"))
    assert f'src="/attachments/{picture}?type=image%2Fpng"' in page
    assert f'href="/attachments/{other}?name=page.html"' in page
    assert page.count("A picture in the message") == 1
    shown = await client.get(f"/attachments/{picture}?type=image/png")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    for claimed in ("image/png", "text/html", "application/pdf"):
        given = await client.get(f"/attachments/{other}", params={"type": claimed, "name": '../a "b";.html'})
        assert given.headers["content-type"] == "application/octet-stream"
        assert given.headers["content-disposition"] == 'attachment; filename="a_b_.html"'
        assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert given.headers["x-content-type-options"] == "nosniff"
