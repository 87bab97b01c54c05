"""Cases changed in a browser's forms: each makes a version, and what was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import pytest
from tests.app.web.test_pages import Elements

from steelyard.app._editing import add_lines, edit_case
from steelyard.app.web import Site
from steelyard.core import Case, Json


def case_of(site: Site, case_id: str) -> Case:
    return site.store.find_case(site.store.versions("plain")[-1], case_id)


class Form(Elements):
    """The fields of the form that holds a case."""

    def __init__(self, text: str) -> None:
        self.found: dict[str, list[str]] = {}
        self.name = self.select = ""
        self.inside = False
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.inside = "case-form" in (given.get("class") or "")
        if not self.inside:
            return
        if tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given:
            self.found[self.select] = [value]
        elif tag in ("input", "textarea"):
            self.found.setdefault(name, []).append(value)
            self.name = name if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.inside:
            self.found[self.name][-1] = self.found[self.name][-1].removeprefix("\n")
            self.name = ""

    def handle_data(self, data: str) -> None:
        if self.name:
            self.found[self.name][-1] += data


def sendable(text: str) -> dict[str, list[str]]:
    """A page's form as a browser would send it back untouched."""
    return {
        name: [value.replace("\n", "\r\n") for value in values] for name, values in Form(text).found.items()
    }


async def fields(client: httpx.AsyncClient, address: str) -> dict[str, list[str]]:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return sendable(answer.text)


@pytest.fixture
def plain(site: Site) -> Site:
    """A benchmark whose texts go through fields."""
    lines: list[dict[str, Json]] = [
        {
            "id": f"p{n}",
            "input": f"{n} < 3 & <b>\n\n?",
            "expected": [str(n), "x\r\ny"],
            "context": ["\nbegins with a line"],
            "slices": {"topic": "a"},
            "weight": 0.1 + 0.2,
            "metadata": {"n": 1.0},
        }
        for n in range(6)
    ]
    add_lines(site.store, "plain", lines, clock=site.clock)
    return site


async def send(client: httpx.AsyncClient, address: str, given: Mapping[str, object]) -> httpx.Response:
    return await client.post(address, data=dict(given))


async def test_a_form_sent_back_untouched_changes_nothing(plain: Site, client: httpx.AsyncClient) -> None:
    odd = [plain.store.cases_at(plain.store.versions("quiz")[0], [place])[0].id for place in (0, 3)]
    for name, case_id in [("plain", "p1"), *(("quiz", case_id) for case_id in odd)]:
        for raw in ("", "&raw=1"):
            address = f"/benchmarks/{name}/v1/edit?{urlencode({'id': case_id})}"
            given = await fields(client, address + raw)
            answer = await send(client, address, given)
            assert answer.status_code == 422
            assert "Nothing was changed" in answer.text
    assert len(plain.store.versions()) == 2


async def test_an_edited_case_is_in_the_next_version(plain: Site, client: httpx.AsyncClient) -> None:
    address = "/benchmarks/plain/v1/edit?id=p4"
    given = await fields(client, address)
    given |= {"expected": ["two\r\nlines"], "expected_as": ["text"], "message": ["Mend the answer"]}
    given["dimension"] = ["tier", ""]
    given["value"] = ["smoke", ""]
    answer = await send(client, address, given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/benchmarks/plain/v2/case?id=p4")
    version = plain.store.versions("plain")[-1]
    assert (version.message, version.parent) == ("Mend the answer", plain.store.versions("plain")[0].hash)
    changed = case_of(plain, "p4")
    assert (changed.expected, dict(changed.slices)) == ("two\nlines", {"tier": "smoke"})
    page = await client.get("/benchmarks/plain/v1/diff/v2")
    assert "expected, slices" in page.text


async def test_what_was_typed_is_kept_on_an_error(plain: Site, client: httpx.AsyncClient) -> None:
    address = "/benchmarks/plain/v1/edit?id=p4"
    given = await fields(client, address)
    given |= {
        "input": ["typed <b>for long</b>"],
        "input_as": ["text"],
        "weight": ["much"],
        "message": ["why?"],
    }
    answer = await send(client, address, given)
    assert answer.status_code == 422
    assert "The weight is not a number" in answer.text
    kept = sendable(answer.text)
    assert (kept["input"], kept["weight"], kept["message"]) == (["typed <b>for long</b>"], ["much"], ["why?"])
    assert len(plain.store.versions("plain")) == 1


async def test_between_fields_and_json_nothing_is_lost_and_nothing_saved(
    plain: Site, client: httpx.AsyncClient
) -> None:
    address = "/benchmarks/plain/v1/edit?id=p4"
    given = await fields(client, address)
    given |= {"expected": ["typed"], "expected_as": ["text"]}
    raw = sendable((await send(client, address, {**given, "do": "raw"})).text)
    assert '"expected": "typed"' in raw["raw"][0]
    again = sendable((await send(client, address, {**raw, "do": "form"})).text)
    assert again["expected"] == ["typed"]
    assert len(plain.store.versions("plain")) == 1
    saved = await send(client, address, raw)
    assert saved.status_code == 303
    assert case_of(plain, "p4").expected == "typed"


async def test_a_case_changed_meanwhile_is_shown_and_not_overwritten(
    plain: Site, client: httpx.AsyncClient
) -> None:
    address = "/benchmarks/plain/v1/edit?id=p4"
    given = await fields(client, address)
    given |= {"expected": ["mine"], "expected_as": ["text"]}
    first = plain.store.versions("plain")[0]
    line = {**case_of(plain, "p4").as_json(), "expected": "theirs"}
    edit_case(plain.store, first, line, clock=plain.clock)
    other = {**case_of(plain, "p5").as_json(), "expected": "unrelated"}
    edit_case(plain.store, first, other, clock=plain.clock)
    answer = await send(client, address, given)
    assert answer.status_code == 409
    assert "theirs" in answer.text
    kept = sendable(answer.text)
    assert kept["expected"] == ["mine"]
    over = [dict(given) for tag, given in Elements(answer.text).tags if tag == "form"]
    goal = next(str(form["action"]) for form in over if "case-form" in str(form.get("class")))
    assert goal == "/benchmarks/plain/v3/edit?id=p4"
    saved = await send(client, goal, kept)
    assert saved.status_code == 303
    assert (case_of(plain, "p4").expected, case_of(plain, "p5").expected) == ("mine", "unrelated")


async def test_a_case_is_added_and_copied(plain: Site, client: httpx.AsyncClient) -> None:
    given = await fields(client, "/benchmarks/plain/v1/new?like=p4")
    assert given["id"] == [""]
    answer = await send(client, "/benchmarks/plain/v1/new", {**given, "id": "fresh", "group": "g"})
    assert answer.headers["location"] == "/benchmarks/plain/v2/case?id=fresh"
    assert (case_of(plain, "fresh").group, case_of(plain, "fresh").input) == ("g", case_of(plain, "p4").input)
    taken = await send(client, "/benchmarks/plain/v2/new", {"id": "fresh", "input": "?", "input_as": "text"})
    assert taken.status_code == 422
    assert "There is a case &#39;fresh&#39; already" in taken.text
    empty = await send(client, "/benchmarks/plain/v2/new", {"id": "", "input": ""})
    assert empty.status_code == 422


async def test_a_case_is_removed_unless_it_changed(plain: Site, client: httpx.AsyncClient) -> None:
    gone = await client.post("/benchmarks/plain/v1/remove?id=p4", data={"message": "Wrong"})
    assert gone.headers["location"] == "/benchmarks/plain/v1/diff/v2"
    assert (plain.store.versions("plain")[-1].cases, plain.store.versions("plain")[-1].message) == (
        5,
        "Wrong",
    )
    again = await client.post("/benchmarks/plain/v1/remove?id=p4", data={})
    assert again.status_code == 409


async def test_sealed_cases_are_never_shown_in_a_form(site: Site, client: httpx.AsyncClient) -> None:
    for address in (
        "/benchmarks/quiz/v1/edit?id=c39",
        "/benchmarks/quiz/v1/edit?id=c39&raw=1",
        "/benchmarks/quiz/v1/new?like=c39",
    ):
        answer = await client.get(address)
        assert answer.status_code == 400
        assert "SECRET" not in answer.text
    typed = {"raw": '{"id": "c39", "input": "open now"}'}
    assert (await client.post("/benchmarks/quiz/v1/edit?id=c39", data=typed)).status_code == 422
    changed = {"raw": '{"id": "c38", "input": "x"}'}
    assert (await client.post("/benchmarks/quiz/v1/edit?id=c39", data=changed)).status_code == 422
    assert (await client.post("/benchmarks/quiz/v1/remove?id=c39", data={})).status_code == 303


async def test_a_broken_line_names_its_field_and_no_path(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/benchmarks/quiz/v1/new", data={"id": " a ", "input": '[{"no": "role"}]', "input_as": "json"}
    )
    assert answer.status_code == 422
    assert "a message without a role" in answer.text
    assert "/tmp" not in answer.text
    assert "steelyard-cases" not in answer.text
