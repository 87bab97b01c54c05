from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from steelyard.bench import detect_format, importer_names, load_importer, read_cases
from steelyard.core import InputError, UsageError

openpyxl = pytest.importorskip("openpyxl")
pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def _write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_finds_its_delimiter(tmp_path: Path, delimiter: str) -> None:
    lines = [["question", "answer", "topic"], ["What, now; or | then?", "a", "x"], ["And\nso on?", "b", "y"]]
    path = tmp_path / "data.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    imported = read_cases(path)
    assert imported.format == "csv"
    assert [case.input for case in imported.cases] == ["What, now; or | then?", "And\nso on?"]
    assert [case.expected for case in imported.cases] == ["a", "b"]
    assert imported.cases[0].slices == {"topic": "x"}


def test_csv_reads_scores_and_outputs_as_numbers_and_texts(tmp_path: Path) -> None:
    text = "id,prompt,gpt_output,gpt_score,own_output,own_score\n1,p q,x,0.5,y,TRUE\n2,r s,,1,z,false\n"
    imported = read_cases(_write(tmp_path / "data.csv", text))
    gpt, own = imported.runs
    assert gpt.outputs["1", 1].scores == {"score": 0.5}
    assert gpt.outputs["2", 1].text == ""
    assert [own.outputs[case, 1].scores["score"] for case in ("1", "2")] == [1.0, 0.0]


def test_csv_case_columns_and_json_columns(tmp_path: Path) -> None:
    text = (
        "id,input:json,slices:topic,weight,split,context:json\n"
        'a,"[{""role"": ""user"", ""content"": ""q""}]",x,2,sealed,"[""c""]"\nb,"""text""",,,,\n'
    )
    first, second = read_cases(_write(tmp_path / "data.csv", text)).cases
    assert first.input == [{"role": "user", "content": "q"}]
    assert (first.slices, first.weight, first.split, first.context) == ({"topic": "x"}, 2.0, "sealed", ("c",))
    assert (second.input, second.weight, second.split) == ("text", 1.0, "open")


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("id,input\na,q\nb,q,z\n", ":3", "1 more cells than the header: 'z'"),
        ("id,input,id\na,q,b\n", ":1", "column 'id' is there twice"),
        ("id,,input\na,b,q\n", ":1", "column 2 has no name"),
        ('id,input\na,"q" x\n', ":2", "is not CSV"),
        ('id,input\na,"q\n', ":2", "is not CSV"),
        ("id,input,weight\na,q,1\nb,q,heavy\nc,q,-1\n", ":3", "weight: must be a number"),
        ("id,input:json\na,{\nb,1\n", ":2", "is not JSON"),
        ("id,input\n", "", "holds no cases"),
    ],
)
def test_csv_names_the_place(tmp_path: Path, text: str, where: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read_cases(_write(tmp_path / "data.csv", text))
    assert caught.value.where == f"{tmp_path / 'data.csv'}{where}"


def test_csv_refuses_a_cell_without_end(tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b'id,input\na,"')
        for _ in range(20):
            file.write(b"a" * 2**20 + b"\n")
    with pytest.raises(InputError, match="field larger than field limit"):
        read_cases(path)
    assert csv.field_size_limit() == 131_072


def test_tsv_with_bare_quotes_is_read_line_by_line(tmp_path: Path, shared_data: Path) -> None:
    text = 'question\tanswer\n"Hi", she said\t"a"\nplain\t"b\nlast\tc"\n'
    imported = read_cases(_write(tmp_path / "data.tsv", text))
    assert [case.input for case in imported.cases] == ['"Hi", she said', "plain", "last"]
    ratings = read_cases(shared_data / "wmt_mqm/ende2023_3raters.tsv.gz")
    assert len(ratings.cases) == 10_970


def test_parquet_with_foreign_columns_and_types(tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "question_id": [1, 2],
            "question": ["a b", "c d"],
            "contexts": [["x"], []],
            "ground_truth": ["g", None],
            "model_answer": [b"bytes", b"\xff"],
            "score": [0.5, float("nan")],
            "when": [datetime(2026, 1, 2, tzinfo=UTC)] * 2,
        }
    )
    parquet.write_table(table, tmp_path / "data.parquet")
    imported = read_cases(tmp_path / "data.parquet")
    assert imported.format == "parquet"
    assert [case.id for case in imported.cases] == ["1", "2"]
    assert imported.cases[0].context == ("x",)
    assert imported.cases[0].metadata == {"when": "2026-01-02T00:00:00+00:00"}
    outputs = imported.runs[0].outputs
    assert (outputs["1", 1].text, outputs["2", 1].text) == ("bytes", "ff")
    assert (outputs["1", 1].scores, outputs["2", 1].scores) == ({"score": 0.5}, {})


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    path.write_bytes(b"PAR1" + b"\x00" * 50)
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_cases(path)


def test_excel_reads_the_first_filled_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("cases")
    sheet.append([])
    sheet.append(["Question", "Answer", "Date", None])
    sheet.append(["What is 2 + 2?", 4, date(2026, 1, 2), None])
    sheet.append([None, None, None, None])
    sheet.append(["And 3 + 3?", 6.5, None, "stray"])
    book.save(tmp_path / "data.xlsx")
    imported = read_cases(tmp_path / "data.xlsx")
    assert imported.format == "excel"
    assert [case.expected for case in imported.cases] == ["4", "6.5"]
    assert imported.metrics == ("numeric_match",)
    assert imported.notes[0] == "only the sheet 'cases' was read; 1 others were not"


def test_excel_names_rows_as_excel_shows_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "input", "weight"], ["a", "q", 1], ["b", "q", -1]):
        book.active.append(row)
    book.save(tmp_path / "data.xlsx")
    with pytest.raises(InputError, match=r"data\.xlsx:3: weight: must be a finite number above 0"):
        read_cases(tmp_path / "data.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError, match="not a whole workbook"):
        read_cases(tmp_path / "broken.xlsx")


def test_a_sheet_that_claims_more_than_it_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "input"], ["a", "q"], ["b", "q"]):
        book.active.append(row)
    plain = tmp_path / "plain.xlsx"
    book.save(plain)
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(far, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            data = re.sub(rb"<dimension [^>]*>", b"", data.replace(b'<row r="3"', b'<row r="99999999999"'))
            after.writestr(name, data)
    with pytest.raises(InputError, match="the sheet has more than 1,048,576 rows"):
        read_cases(far)
    monkeypatch.setattr("steelyard.bench.importers._excel._MOST_TEXT", 10)
    with pytest.raises(InputError, match=r"the sheet has more than .* characters"):
        read_cases(plain)


def test_a_dataset_folder_with_a_card(tmp_path: Path) -> None:
    card = (
        "---\nlicense: mit\nconfigs:\n- config_name: main\n  default: true\n  data_files:\n"
        '  - split: test\n    path: "main/test-*"\n- config_name: socratic\n  data_files: []\n---\n# GSM\n'
    )
    _write(tmp_path / "ds/README.md", card)
    for number in range(2):
        row = json.dumps({"question": f"q {number}", "answer": "#### 1"})
        _write(tmp_path / f"ds/main/test-0000{number}-of-00002.jsonl", row + "\n")
    _write(tmp_path / "ds/socratic/train.jsonl", "{}\n")
    imported = read_cases(tmp_path / "ds")
    assert imported.format == "hf"
    assert [case.input for case in imported.cases] == ["q 0", "q 1"]
    assert {case.split for case in imported.cases} == {"test"}
    assert "only the configuration 'main' was read, not socratic" in imported.notes
    assert imported.provenance.detail["license"] == "mit"


def test_a_dataset_folder_without_a_card(tmp_path: Path) -> None:
    _write(tmp_path / "ds/data/train-00000-of-00001.csv", "question,answer\na b,c\n")
    _write(tmp_path / "ds/data/validation.jsonl", '{"question": "d e", "answer": "f"}\n')
    assert [(case.split, case.input) for case in read_cases(tmp_path / "ds").cases] == [
        ("train", "a b"),
        ("validation", "d e"),
    ]
    _write(tmp_path / "ds/data/validation.jsonl", '{"question": \n')
    with pytest.raises(InputError, match=r"validation\.jsonl:1: is not JSON"):
        read_cases(tmp_path / "ds")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="cannot be recognised"):
        read_cases(tmp_path / "empty")


def test_a_dataset_folder_cannot_reach_outside(tmp_path: Path) -> None:
    _write(tmp_path / "outside.jsonl", '{"question": "secret text"}\n')
    card = "---\nconfigs:\n- config_name: x\n  data_files: ../outside.jsonl\n---\n"
    _write(tmp_path / "ds/README.md", card)
    _write(tmp_path / "ds/data.jsonl", '{"question": "own text"}\n')
    (tmp_path / "ds/link.jsonl").symlink_to(tmp_path / "outside.jsonl")
    assert [case.input for case in read_cases(tmp_path / "ds").cases] == ["own text"]


def test_formats_are_recognised_by_content(tmp_path: Path) -> None:
    line = '{"id": "a", "input": "q"}\n'
    assert detect_format(_write(tmp_path / "a.txt", line)) == "jsonl"
    assert detect_format(_write(tmp_path / "a.json", line + line)) == "jsonl"
    assert detect_format(_write(tmp_path / "b.txt", f" [\n{line}]")) == "json"
    assert detect_format(_write(tmp_path / "c.txt", "id,input\na,q\nb,r\n")) == "csv"
    packed = tmp_path / "d"
    packed.write_bytes(gzip.compress(line.encode(), mtime=0))
    assert detect_format(packed) == "jsonl"


def test_every_listed_importer_loads_and_describes_itself(tmp_path: Path) -> None:
    nothing = _write(tmp_path / "nothing", "\x00\x01")
    for name in importer_names():
        importer = load_importer(name)
        assert importer.title
        assert 0.0 <= importer.sniff(nothing, b"\x00\x01") <= 0.05
    with pytest.raises(UsageError, match="not a known format") as caught:
        load_importer("promtfoo-ish")
    assert "jsonl" in caught.value.hint


def test_reading_case_lines_does_not_load_the_optional_packages() -> None:
    code = "import sys, steelyard.bench as b; assert not {'pyarrow', 'openpyxl', 'yaml'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_baseline_and_candidate_are_two_runs(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        "id,question,answer,baseline,candidate\na,2+2?,4,4,four\nb,3+3?,6,5,6\n", encoding="utf-8"
    )
    imported = read_cases(path)
    assert [run.label for run in imported.runs] == ["baseline", "candidate"]
    assert [run.outputs["b", 1].value for run in imported.runs] == ["5", "6"]
    assert [case.expected for case in imported.cases] == ["4", "6"]
