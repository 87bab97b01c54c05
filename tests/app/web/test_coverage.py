"""Slice coverage in numbers and in words, cases found by words and slices, and a version as a file."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from html import unescape
from pathlib import Path

import httpx
import pytest

from steelyard.app._editing import add_lines
from steelyard.app.web import Site
from steelyard.bench import read_cases
from steelyard.core import Json


@pytest.fixture
def sliced(site: Site) -> Site:
    """Thirty English refunds, three German ones, no German billing; one case sealed."""
    lines: list[dict[str, Json]] = [
        {
            "id": f"s{n}",
            "input": f"Question {n} about a Refund, Größe {'XL' if n == 1 else 'M'} 100%",
            "slices": {"lang": "de" if n < 3 else "en", "topic": "refunds" if n < 33 else "billing"},
        }
        for n in range(60)
    ]
    lines.append({"id": "hidden", "input": "SECRET Refund", "split": "sealed"})
    add_lines(site.store, "sliced", lines, clock=site.clock)
    return site


def words(answer: httpx.Response) -> str:
    assert answer.status_code == 200
    return " ".join(unescape(answer.text).split())


async def test_thin_slices_are_said_in_words(sliced: Site, client: httpx.AsyncClient) -> None:
    text = words(await client.get("/benchmarks/sliced/v1/coverage", headers={"hx-request": "true"}))
    # (1.96 + 0.84) * sqrt(0.1 / 3) = 0.51: two normal quantiles, a tenth of the cases differing.
    assert "de × refunds</a> has 3 cases: too few to see a drop under 51 points" in text
    assert "2 slices and pairs of slices have too few cases, 1 pair has none." in text
    assert "de × billing" in text
    assert "Without any case" in text
    assert "slice=lang%3Dde&slice=topic%3Drefunds#cases" in text


async def test_the_api_counts_alike(sliced: Site, client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/benchmarks/sliced/versions/v1/coverage")).json()
    assert found["cases"] == 61
    assert found["dimensions"]["lang"]["de"] == {"cases": 3, "units": 3}
    assert {"values": ["de", "refunds"], "cases": 3, "units": 3} in found["pairs"][0]["cells"]
    check = (await client.get("/api/v1/benchmarks/sliced/versions/v1/check")).json()
    assert "findings" in check


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=about+a+refund", 60),
        ("q=REFUND", 60),
        ("q=GRÖSSE", 0),
        ("q=größe+xl", 1),
        ("q=100%25", 60),
        ("q=_0_", 0),
        ("q=SECRET", 0),
        ("q=hidden", 1),
        ("slice=lang%3Dde&slice=topic%3Drefunds", 3),
        ("slice=lang%3Dde&q=s1", 1),
        ("slice=lang%3Dde&slice=", 3),
    ],
)
async def test_cases_are_found_by_words_and_slices(
    sliced: Site, client: httpx.AsyncClient, query: str, found: int
) -> None:
    answer = await client.get(f"/benchmarks/sliced/v1?{query}", headers={"hx-request": "true"})
    assert f"{found} of 61 cases" in words(answer)
    assert answer.headers["hx-replace-url"].startswith("/benchmarks/sliced/v1?")
    assert "SECRET Refund" not in answer.text


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
async def test_a_version_is_downloaded_with_its_canary_and_without_what_is_sealed(
    sliced: Site, client: httpx.AsyncClient, tmp_path: Path, kind: str
) -> None:
    answer = await client.get(f"/benchmarks/sliced/v1/download?format={kind}")
    assert answer.headers["content-disposition"] == f'attachment; filename="sliced-v1.{kind}"'
    assert b"SECRET" not in answer.content
    file = tmp_path / f"got.{kind}"
    file.write_bytes(answer.content)
    read = read_cases(file)
    kept = [case for case in sliced.store.cases(sliced.store.versions("sliced")[0]) if case.split == "open"]
    assert [case.content_hash for case in read.cases] == [case.content_hash for case in kept]
    assert read.provenance.detail["canary"]


async def test_attachments_come_along_in_an_archive(site: Site, client: httpx.AsyncClient) -> None:
    digest = sha256(b"bytes").hexdigest()
    site.store.put_attachment(digest, b"bytes")
    item: Json = {"path": "files/a.txt", "sha256": digest, "media_type": "text/plain"}
    add_lines(site.store, "filed", [{"id": "a", "input": "?", "attachments": [item]}], clock=site.clock)
    answer = await client.get("/benchmarks/filed/v1/download")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["filed-v1.jsonl", "files/a.txt"]
        assert json.loads(archive.read("filed-v1.jsonl"))["id"] == "a"


async def test_what_cannot_be_downloaded_is_said(site: Site, client: httpx.AsyncClient) -> None:
    add_lines(site.store, "shut", [{"id": "a", "input": "SECRET", "split": "sealed"}], clock=site.clock)
    shut = await client.get("/benchmarks/shut/v1/download")
    assert (shut.status_code, "every case is sealed" in shut.text) == (422, True)
    assert (await client.get("/benchmarks/quiz/v1/download?format=exe")).status_code == 400
    bare = await client.get("/benchmarks/shut/v1/coverage", headers={"hx-request": "true"})
    assert "have no slices yet" in bare.text


async def test_findings_are_grouped_by_check_the_worst_first(site: Site, client: httpx.AsyncClient) -> None:
    lines: list[dict[str, Json]] = [
        {"id": f"a{n}", "input": f"The very same question number {n // 2}?", "expected": str(n % 2)}
        for n in range(30)
    ]
    add_lines(site.store, "doubled", [*lines, {**lines[0], "id": "copy"}], clock=site.clock)
    text = words(await client.get("/benchmarks/doubled/v1/check", headers={"hx-request": "true"}))
    conflict, duplicate = text.index("Conflicting expectation"), text.index("Duplicate case")
    assert conflict < duplicate
    assert "No system can be right on both" in text
    assert "5 more like these" in text
    assert 'href="/benchmarks/doubled/v1/case?id=a0"' in text
