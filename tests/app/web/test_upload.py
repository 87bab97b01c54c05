"""Files of cases through the browser: looked at first, stored when asked to, and hostile ones refused."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import zstandard
from tests.app.web.conftest import HOSTILE

from steelyard.app import _uploads
from steelyard.app._uploads import Shelf
from steelyard.app.web import Site
from steelyard.core import FixedClock, InputError, NotFoundError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CSV = "question,answer,area\nWhat is 1+1?,2,math\nCapital of France?,Paris,geo\n"


async def send(
    client: httpx.AsyncClient, name: str, data: bytes, *, benchmark: str = ""
) -> tuple[httpx.Response, str]:
    answer = await client.post("/benchmarks/-/upload", files={"file": (name, data)}, data={"name": benchmark})
    return answer, answer.headers.get("location", "")


async def look(client: httpx.AsyncClient, address: str) -> str:
    answer = await client.get(address, headers={"hx-request": "true"})
    assert answer.status_code == 200
    return " ".join(unescape(answer.text).split())


async def add(client: httpx.AsyncClient, address: str, **said: str) -> httpx.Response:
    page = await client.get(address, headers={"hx-request": "true"})
    seen = re.search(r'name="seen" value="([0-9a-f]*)"', page.text)
    assert seen is not None, page.text
    parts = urlsplit(address)
    fields: dict[str, list[str] | str] = {}
    for name, value in parse_qsl(parts.query):
        fields.setdefault(name, [])
        fields[name] = [*fields[name], value]
    return await client.post(parts.path, data={**fields, "seen": seen.group(1), **said})


def lines(*rows: dict[str, object]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


async def test_a_file_is_looked_at_before_anything_is_stored(site: Site, client: httpx.AsyncClient) -> None:
    answer, address = await send(client, "My cases.csv", CSV.encode())
    assert (answer.status_code, parse_qsl(urlsplit(address).query)) == (303, [("name", "My-cases")])
    text = await look(client, address)
    assert "My cases.csv holds 2 cases: My-cases would be a new benchmark." in text
    assert "Capital of France?" in text
    assert "CSV or TSV" in text
    assert site.store.versions("My-cases") == []
    done = await add(client, address, tag="gold", message="From the sheet")
    assert (done.status_code, done.headers["location"]) == (303, "/benchmarks/My-cases/v1")
    version = site.store.versions("My-cases")[0]
    assert (version.tags, version.message, version.provenance.reference) == (
        ("gold",),
        "From the sheet",
        "My cases.csv",
    )
    assert (await client.get(address)).status_code == 404


async def test_the_next_version_says_what_it_changes(site: Site, client: httpx.AsyncClient) -> None:
    first = lines(
        {"id": "a", "input": "1"}, {"id": "b", "input": "2", "split": "sealed"}, {"id": "c", "input": "3"}
    )
    await add(client, (await send(client, "x.jsonl", first, benchmark="set"))[1])
    second = lines({"id": "c", "input": "3", "expected": "three"}, {"id": "d", "input": "4"})
    _, address = await send(client, "y.jsonl", second, benchmark="set")
    text = await look(client, address)
    assert "1 added to set@v1, 2 removed, 1 changed." in text
    assert "2 cases of v1 would not be in the next version, 1 of them sealed" in text
    stays = await look(client, address + "&stay=1")
    assert "1 added to set@v1, 0 removed, 1 changed." in stays
    done = await add(client, address + "&stay=1")
    assert done.headers["location"] == "/benchmarks/set/v2"
    version = site.store.versions("set")[-1]
    assert [case.id for case in site.store.cases(version)] == ["a", "b", "c", "d"]
    assert version.parent == site.store.versions("set")[0].hash
    _, again = await send(client, "y.jsonl", second, benchmark="set")
    assert "nothing in set@v2 would change" in await look(client, again + "&stay=1")


async def test_columns_are_chosen_by_hand(site: Site, client: httpx.AsyncClient) -> None:
    table = "a,b,c\nfoo1,bar1,x\nfoo2,bar2,y\n"
    _, address = await send(client, "odd.csv", table.encode(), benchmark="odd")
    text = await look(client, address)
    assert "odd.csv cannot be read as it is." in text
    assert "--map" not in text
    assert "foo1 · foo2" in text
    chosen = address + "&map=input%3Da&map=expected%3Db&map=slices%3Ac%3Dc"
    assert "odd.csv holds 2 cases" in await look(client, chosen)
    assert (await add(client, chosen)).status_code == 303
    case = next(iter(site.store.cases(site.store.versions("odd")[0])))
    assert (case.input, case.expected, dict(case.slices)) == ("foo1", "bar1", {"c": "x"})


async def test_a_benchmark_that_changed_meanwhile_is_looked_at_again(
    site: Site, client: httpx.AsyncClient
) -> None:
    _, one = await send(client, "x.jsonl", lines({"id": "a", "input": "1"}), benchmark="set")
    _, two = await send(client, "y.jsonl", lines({"id": "b", "input": "1"}), benchmark="set")
    await add(client, one)
    parts = urlsplit(two)
    late = await client.post(parts.path, data={"name": "set", "seen": "", "message": "typed words"})
    assert late.status_code == 409
    assert "set has changed meanwhile" in late.text
    assert "typed words" in late.text
    assert "1 added to set@v1, 1 removed" in " ".join(late.text.split())
    assert len(site.store.versions("set")) == 1


async def test_a_bad_tag_keeps_what_was_typed(client: httpx.AsyncClient) -> None:
    _, address = await send(client, "x.jsonl", lines({"id": "a", "input": "1"}), benchmark="set")
    answer = await add(client, address, tag="v3", message="typed words")
    assert answer.status_code == 422
    assert "cannot be a tag" in answer.text
    assert 'value="typed words"' in answer.text


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("empty.jsonl", b"", "The file is empty"),
        ("bomb.jsonl.gz", gzip.compress(b" " * 3_000_000, mtime=0), "unpacks to more than 2 MiB"),
        ("bomb.zst", zstandard.compress(b" " * 3_000_000), "unpacks to more than 2 MiB"),
        ("bomb.xlsx", zipped(sheet=b" " * 3_000_000), "unpacks to more than 2 MiB"),
        ("broken.eval", b"PK\x03\x04" + b"x" * 50, "The archive is damaged"),
        ("broken.gz", gzip.compress(b"x" * 1000, mtime=0)[:-9], "damaged or cut short"),
        ("broken.parquet", b"PAR1" + b"\xff" * 60, "cannot be read as Parquet"),
        ("large.jsonl", b"x" * 1_100_000, "larger than 1 MiB"),
    ],
)
async def test_hostile_files_are_refused_at_the_door(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, match: str
) -> None:
    monkeypatch.setattr(_uploads, "UNPACKED", 2 * 2**20)
    monkeypatch.setattr(_uploads, "LARGEST", 2**20)
    answer, _ = await send(client, name, data, benchmark="set")
    assert answer.status_code == 422
    assert match in answer.text
    assert "/tmp" not in answer.text


def parquet_of(**columns: Any) -> bytes:
    """A file whose texts are stored once however many rows have them."""
    arrow = pytest.importorskip("pyarrow", reason="NOT TESTED ON PARQUET: pyarrow is not installed")
    parquet = importlib.import_module("pyarrow.parquet")
    made = io.BytesIO()
    parquet.write_table(arrow.table(columns), made)
    return made.getvalue()


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(["x" * 10_000] * 500, id="texts"),
        pytest.param([["x" * 5_000] * 2] * 500, id="lists"),
        pytest.param([{"a": ["x" * 10_000]}] * 500, id="objects"),
        pytest.param([b"x" * 10_000] * 500, id="bytes"),
        pytest.param([[None] * 1_000_000], id="nothings"),
    ],
)
@pytest.mark.parametrize(
    "disguised",
    [
        pytest.param(lambda data: data, id="plain"),
        pytest.param(gzip.compress, id="packed"),
        pytest.param(lambda data: b"ROWS" + data[4:], id="another start"),
    ],
)
async def test_one_text_for_many_rows_is_as_large_as_all_of_them(
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    column: list[object],
    disguised: Callable[[bytes], bytes],
) -> None:
    monkeypatch.setattr(_uploads, "UNPACKED", 4 * 2**20)
    data = disguised(parquet_of(id=[str(n) for n in range(len(column))], input=column))
    assert len(data) < 100_000
    answer, _ = await send(client, "set.parquet", data, benchmark="set")
    assert answer.status_code == 422
    assert "unpacks to more than 4 MiB" in answer.text
    few = disguised(parquet_of(id=["1"], input=[column[0] if len(column) > 1 else [None]]))
    assert (await send(client, "set.parquet", few, benchmark="set"))[0].status_code == 303


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("latin.jsonl", '{"id": "a", "input": "é"}\n'.encode("latin-1"), "Not UTF-8: byte 0xe9"),
        ("rows.jsonl", lines({"id": "a"}, {"id": "a", "input": "x"}, {"input": 3}), "rows.jsonl"),
        ("nul.bin", b"\x00\x01\x02" * 50, "cannot be recognised"),
        (
            "away.jsonl",
            lines({"id": "a", "input": "x", "attachments": [{"path": "../../../../etc/passwd"}]}),
            "leads outside the folder",
        ),
        (
            "away.yaml",
            b"prompts: ['file:///etc/passwd']\nproviders: [echo]\ntests: [{vars: {a: 'file:///etc/os-release'}}]\n",
            "",
        ),
    ],
)
async def test_broken_files_are_explained_without_our_paths(
    client: httpx.AsyncClient, name: str, data: bytes, match: str
) -> None:
    _, address = await send(client, name, data, benchmark="set")
    text = await look(client, address)
    assert match in text
    for secret in ("/tmp", "steelyard-uploads", "root:", "PRETTY_NAME"):
        assert secret not in text
    assert "--" not in text.replace("----", "")


async def test_texts_and_names_of_a_file_stay_data(client: httpx.AsyncClient) -> None:
    name = f"../..\\evil{HOSTILE}.jsonl"
    rows = lines({"id": "<b>a", "input": HOSTILE, "expected": HOSTILE, HOSTILE: HOSTILE})
    _, address = await send(client, name, rows, benchmark="set")
    answer = await client.get(address, headers={"hx-request": "true"})
    assert answer.status_code == 200
    for text in ("<img", "<script>", 'onerror="window'):
        assert text not in answer.text


async def test_no_file_is_said_so(client: httpx.AsyncClient) -> None:
    answer = await client.post("/benchmarks/-/upload", data={"name": "set"})
    assert answer.status_code == 422
    assert "No file came with it" in answer.text


def test_an_upload_is_its_owners_for_an_hour_and_alone_in_its_folder() -> None:
    clock = FixedClock(NOW)
    shelf = Shelf(clock=clock)
    kept = shelf.put(io.BytesIO(b"{}"), "../../a/b.JSONL", owner="ada")
    assert (kept.name, kept.path.name) == ("b.JSONL", "upload.jsonl")
    assert list(kept.path.parent.iterdir()) == [kept.path]
    assert kept.path.parent.stat().st_mode & 0o077 == 0
    assert kept.path.parent.parent.stat().st_mode & 0o077 == 0
    assert shelf.get(kept.token, owner="ada") == kept
    for token, owner in ((kept.token, "bob"), ("none", "ada")):
        with pytest.raises(NotFoundError, match="not here any more"):
            shelf.get(token, owner=owner)
    clock.advance(61 * 60)
    with pytest.raises(NotFoundError, match="not here any more"):
        shelf.get(kept.token, owner="ada")
    assert not kept.path.parent.exists()
    other = shelf.put(io.BytesIO(b"{}"), "c.csv", owner="ada")
    shelf.close()
    assert not other.path.parent.parent.exists()


def test_old_uploads_make_room_and_refused_ones_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(clock=FixedClock(NOW))
    kept = [shelf.put(io.BytesIO(b"{}"), f"{n}.json", owner="ada") for n in range(18)]
    root = kept[-1].path.parent.parent
    assert len(list(root.iterdir())) == 16
    monkeypatch.setattr(_uploads, "LARGEST", 10)
    with pytest.raises(InputError, match="is larger than"):
        shelf.put(io.BytesIO(b"x" * 11), "a.json", owner="ada")
    assert len(list(root.iterdir())) == 16
    shelf.close()
