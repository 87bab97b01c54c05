from __future__ import annotations

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steelyard.bench import EXPORT_FORMATS, export_cases, read_cases, version_hash
from steelyard.core import Attachment, Case, InputError, Json, Scenario, StoreError, UsageError

_texts = st.text(st.characters(exclude_categories=[]), max_size=20)  # lone surrogates and NUL included
_labels = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
_json: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=5,
)
_messages = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user", "assistant"]), "content": _texts}),
    min_size=1,
    max_size=3,
)


@st.composite
def _cases(draw: st.DrawFn) -> list[Case]:
    ids = draw(st.lists(_labels, min_size=1, max_size=4, unique=True))
    return [
        Case(
            id=case_id,
            input=draw(_texts | _messages | st.dictionaries(_texts, _json, min_size=1, max_size=3)),
            expected=draw(
                st.none()
                | _texts
                | st.lists(_texts, min_size=1, max_size=3)
                | st.dictionaries(_texts, _json, min_size=1, max_size=2)
            ),
            context=tuple(draw(st.lists(_texts, max_size=2))),
            turns=tuple(draw(st.just([]) | _messages)),
            scenario=draw(st.none() | st.just(Scenario(persona="p", goal="=1+1"))),
            slices=draw(st.dictionaries(_labels.filter(lambda text: "=" not in text), _texts, max_size=2)),
            group=draw(st.none() | _labels),
            weight=draw(st.just(1.0) | st.floats(1e-300, 1e300)),
            split=draw(st.sampled_from(["open", "sealed", "=a/../b", "..", "Ä"])),
            metadata=draw(st.dictionaries(_texts, _json, max_size=2)),
        )
        for case_id in ids
    ]


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases=_cases())
def test_what_goes_out_comes_back_with_the_same_hash(kind: str, cases: list[Case]) -> None:
    if kind in {"parquet", "hf"}:
        pytest.importorskip("pyarrow")
    with TemporaryDirectory() as folder:
        path = export_cases(cases, format=kind, path=Path(folder) / f"out.{kind}")
        again = read_cases(path)
        assert again.format == kind
        assert version_hash(again.cases) == version_hash(cases)
        assert {case.id: case.hash for case in again.cases} == {case.id: case.hash for case in cases}


def test_attachments_travel_along(tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "img").mkdir(parents=True)
    (source / "img/a.png").write_bytes(b"png")
    row = {"id": "a", "input": "q", "attachments": [{"path": "img/a.png"}]}
    (source / "cases.jsonl").write_text(json.dumps(row), encoding="utf-8")
    imported = read_cases(source / "cases.jsonl")
    for kind in EXPORT_FORMATS:
        out = tmp_path / kind / ("data" if kind == "hf" else f"cases.{kind}")
        path = export_cases(
            imported.cases, format=kind, path=out, attachment=imported.attachments.__getitem__
        )
        again = read_cases(path)
        assert again.attachments == imported.attachments
        assert version_hash(again.cases) == version_hash(imported.cases)


def test_an_export_never_writes_outside_its_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (target / "link").symlink_to(outside)
    for path, problem in (
        ("../x", "leads outside"),
        ("/etc/x", "must be relative"),
        ("link/x", "leads outside"),
    ):
        case = Case(
            id="a", input="q", attachments=(Attachment(path=path, sha256="0" * 64, media_type="a/b"),)
        )
        with pytest.raises(InputError, match=problem):
            export_cases([case], format="jsonl", path=target / "c.jsonl", attachment=lambda _: b"")
    assert list(outside.iterdir()) == []


def test_csv_cells_cannot_run_in_a_spreadsheet(tmp_path: Path) -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"]
    cases = [Case(id=f"c{n}", input=text, slices={"s": text}) for n, text in enumerate(evil)]
    path = export_cases(cases, format="csv", path=tmp_path / "c.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "input:json", "slices:json"]
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r", "'")) for row in rows for cell in row)


def test_plain_texts_stay_plain_columns(tmp_path: Path) -> None:
    cases = [Case(id="a", input="Where?\nHere.", expected="x", slices={"topic": "t"})]
    path = export_cases(cases, format="csv", path=tmp_path / "c.csv")
    assert path.read_text(encoding="utf-8") == 'id,input,expected,slices:topic\na,"Where?\nHere.",x,t\n'


def test_a_dataset_folder_has_a_card_that_its_readers_understand(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    cases = [
        Case(id="a", input="q"),
        Case(id="b", input="r", split="sealed"),
        Case(id="c", input="s", split="sea/led"),
    ]
    path = export_cases(cases, format="hf", path=tmp_path / "ds")
    front = yaml.safe_load((path / "README.md").read_text(encoding="utf-8").split("---")[1])
    files = front["configs"][0]["data_files"]
    assert [entry["split"] for entry in files] == ["open", "sealed", "sea_led"]
    assert all((path / entry["path"]).is_file() for entry in files)
    with pytest.raises(UsageError, match="not empty"):
        export_cases(cases, format="hf", path=path)


def test_refusals(tmp_path: Path) -> None:
    cases = [Case(id="a", input="q")]
    with pytest.raises(UsageError, match="'xml' is not an export format"):
        export_cases(cases, format="xml", path=tmp_path / "x")
    with pytest.raises(UsageError, match="is a folder"):
        export_cases(cases, format="jsonl", path=tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        export_cases(cases, format="jsonl", path=tmp_path / "file" / "below" / "x.jsonl")
    case = Case(id="a", input="q", attachments=(Attachment(path="x", sha256="0" * 64, media_type="a/b"),))
    with pytest.raises(InputError, match="no way to read them"):
        export_cases([case], format="jsonl", path=tmp_path / "y.jsonl")


def test_an_interrupted_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text("old", encoding="utf-8")
    broken = Case(id="b", input="q", metadata={"x": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        export_cases([Case(id="a", input="q"), broken], format="jsonl", path=path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["c.jsonl"]
