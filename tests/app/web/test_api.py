"""The API in process: the contract's JSON, errors, cursors, idempotency, new versions."""

from __future__ import annotations

import hashlib
import json
import tempfile

import httpx
import pytest

from steelyard.app.web import Site, create_app
from steelyard.app.web._access import ROLES
from steelyard.app.web._app import routes


async def test_lists_are_those_of_the_command_line(site: Site, client: httpx.AsyncClient) -> None:
    benchmarks = (await client.get("/api/v1/benchmarks")).json()["benchmarks"]
    assert [(item["name"], item["version"], item["cases"]) for item in benchmarks] == [("quiz", "v1", 40)]
    runs = (await client.get("/api/v1/runs")).json()["runs"]
    assert [item["run"] for item in runs] == [run.id for run in site.store.list_runs()]
    summary = (await client.get(f"/api/v1/runs/{runs[0]['run']}")).json()
    assert summary["counts"]["scored"] == 40
    assert summary["metrics"][0]["signature"]


async def test_samples_come_whole_page_by_page(site: Site, client: httpx.AsyncClient) -> None:
    run = site.store.list_runs()[0].id
    seen: list[str] = []
    after = ""
    while True:
        answer = (await client.get(f"/api/v1/runs/{run}/samples", params={"limit": 7, "after": after})).json()
        seen += [row["id"] for row in answer["samples"]]
        if answer["next"] is None:
            break
        after = answer["next"]
    assert answer["total"] == len(seen) == len(set(seen)) == 40
    wrong = await client.get(f"/api/v1/runs/{run}/samples", params={"show": "failures"})
    scores = [row["scores"]["exact_match"]["value"] for row in wrong.json()["samples"]]
    assert scores
    assert set(scores) == {0.0}


async def test_a_comparison_and_a_gate_are_the_contracts(site: Site, client: httpx.AsyncClient) -> None:
    new, old = (run.id for run in site.store.list_runs())
    compared = (await client.get("/api/v1/compare", params={"run": [old, new]})).json()
    assert compared["metrics"][0]["n_pairs"] == 40
    assert compared["flips"]["broken"]
    gate = (await client.get("/api/v1/gate", params={"base": old, "candidate": new})).json()
    assert gate["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE")
    again = (await client.get("/api/v1/gate", params={"base": old, "candidate": new})).json()
    assert again["look"] == gate["look"] == 1


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/v1/runs/none", 404, "not-found"),
        ("/api/v1/runs?limit=0", 422, "usage"),
        ("/api/v1/runs/latest/samples?after=zzz", 400, "usage"),
        ("/api/v1/runs/latest/samples?show=odd", 422, "usage"),
        ("/api/v1/compare?run=latest", 422, "usage"),
        ("/api/v1/gate?base=latest&candidate=latest&allowed_drop=8", 400, "usage"),
        ("/api/v1/benchmarks/quiz/versions/v9", 404, "not-found"),
        ("/api/v1/nothing", 404, "not-found"),
    ],
)
async def test_errors_have_the_contracts_form(
    client: httpx.AsyncClient, path: str, status: int, kind: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]["kind"] == kind
    assert answer.json()["error"]["message"]


async def test_a_key_adds_a_version_once(site: Site, client: httpx.AsyncClient) -> None:
    body = {"cases": [{"id": "a", "input": "1+1", "expected": "2"}], "message": "first"}
    headers = {"idempotency-key": "k1"}
    first = await client.post("/api/v1/benchmarks/fresh/versions", json=body, headers=headers)
    assert first.json()["version"] == "v1"
    edit = {"case": {"id": "a", "input": "1+1", "expected": "two"}}
    changed = await client.post("/api/v1/benchmarks/fresh/versions/v1/edit", json=edit)
    assert (changed.json()["version"], changed.json()["changed"]) == ("v2", 1)
    again = await client.post("/api/v1/benchmarks/fresh/versions", json=body, headers=headers)
    assert again.json() == first.json()
    assert [version.version for version in site.store.versions("fresh")] == ["v1", "v2"]
    other = await client.post("/api/v1/benchmarks/fresh/versions", json=edit, headers=headers)
    assert other.status_code == 422
    body["message"] = "other"
    clash = await client.post("/api/v1/benchmarks/fresh/versions", json=body, headers=headers)
    assert clash.status_code == 400
    late = await client.post("/api/v1/benchmarks/fresh/versions/v1/edit", json=edit)
    assert "has changed meanwhile" in late.json()["error"]["message"]


async def test_broken_cases_are_all_named_and_nothing_is_stored(
    site: Site, client: httpx.AsyncClient
) -> None:
    files = [{"path": "../../etc/passwd", "sha256": "0" * 64, "media_type": "text/plain"}]
    body = {"cases": [{"input": "no id"}, {"id": "b", "input": "x", "attachments": files}]}
    answer = await client.post("/api/v1/benchmarks/bad/versions", json=body)
    assert answer.status_code in (404, 422)
    assert "error" in answer.json()
    assert site.store.versions("bad") == []


@pytest.mark.parametrize("path", ["\0", "\ud800", ".", "./", "x" * 300, "a/" * 3000 + "b", "a/b"])
async def test_an_attachment_that_no_file_can_be_called_after_is_refused(
    site: Site, client: httpx.AsyncClient, path: str
) -> None:
    digest = hashlib.sha256(b"told").hexdigest()
    site.store.put_attachment(digest, b"told")
    files = [{"path": name, "sha256": digest} for name in ("a", path)]
    body = {"cases": [{"id": "b", "input": "x", "attachments": files}]}
    answer = await client.post(
        "/api/v1/benchmarks/bad/versions",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert str(tempfile.gettempdir()) not in answer.text
    assert site.store.versions("bad") == []


async def test_every_route_has_a_role_and_every_role_a_route(site: Site, client: httpx.AsyncClient) -> None:
    create_app(site)
    assert {getattr(route, "name", None) for route in routes()} == set(ROLES)
    document = (await client.get("/api/v1/openapi.json")).json()
    assert "/api/v1/runs/{run}/samples" in document["paths"]


async def test_watchers_are_answered(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).status_code == 200
    assert 'steelyard_http_requests_total{method="GET",route="healthz"' in (await client.get("/metrics")).text
