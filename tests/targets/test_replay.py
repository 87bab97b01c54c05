from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard

from steelyard.core import Case, Fault, InputError
from steelyard.targets import Request


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


async def value(target: Any, case_id: str, epoch: int = 1) -> Any:
    return (await target.answer(Request(case=Case(id=case_id, input="x"), epoch=epoch))).value


async def test_answers_what_was_recorded(tmp_path: Path, resolve: Any) -> None:
    row = {
        "id": "a",
        "output": "chào bạn 👋",
        "latency_s": 0.25,
        "cost_usd": 0.001,
        "usage": {"input_tokens": 3, "output_tokens": 2},
        "trace": [{"name": "search", "kind": "tool", "input": {"q": "x"}}],
        "scores": {"judge": 0.5},
    }
    write(tmp_path / "r.jsonl", [row])
    target = resolve("replay:r.jsonl")
    output = await target.answer(Request(case=Case(id="a", input="x")))
    assert output.value == "chào bạn 👋"
    assert output.latency_s == 0.25
    assert output.usage.output_tokens == 2
    assert output.trace[0].name == "search"
    assert output.scores == {"judge": 0.5}
    assert target.info.recorded
    assert target.info.epochs == 1


async def test_a_case_without_a_record_is_an_infrastructure_fault(tmp_path: Path, resolve: Any) -> None:
    write(tmp_path / "r.jsonl", [{"id": "a", "output": "1"}])
    target = resolve("replay:r.jsonl")
    output = await target.answer(Request(case=Case(id="b", input="x")))
    assert output.fault == Fault(
        owner="infrastructure", kind="recorded", message="no recorded output for this case"
    )


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        ((1, 2, 3), {1: "first", 2: "second", 3: "third"}),
        ((0, 1, 2), {1: "first", 2: "second", 3: "third"}),
        ((None, None, None), {1: "first", 2: "second", 3: "third"}),
        ((3, 1, 2), {3: "first", 1: "second", 2: "third"}),
    ],
)
async def test_epochs(tmp_path: Path, resolve: Any, epochs: Any, expected: dict[int, str]) -> None:
    texts = ["first", "second", "third"]
    rows = [{"id": "a", "output": text, "epoch": epoch} for text, epoch in zip(texts, epochs, strict=True)]
    write(tmp_path / "r.jsonl", rows)
    target = resolve("replay:r.jsonl")
    assert target.info.epochs == 3
    assert {epoch: await value(target, "a", epoch) for epoch in (1, 2, 3)} == expected


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
async def test_compressed_files_are_the_same_recording(tmp_path: Path, resolve: Any, ending: str) -> None:
    text = b'{"id": "a", "output": "1"}\n{"id": "b", "output": null, "error": "timeout"}\n'
    packed = {
        ".jsonl": text,
        ".jsonl.gz": gzip.compress(text, mtime=0),
        ".jsonl.zst": zstandard.ZstdCompressor().compress(text),
    }
    (tmp_path / f"r{ending}").write_bytes(packed[ending])
    (tmp_path / "plain.jsonl").write_bytes(text)
    target, plain = resolve(f"replay:r{ending}"), resolve("replay:plain.jsonl")
    assert target.info.settings["file_hash"] == plain.info.settings["file_hash"]
    assert await value(target, "a") == "1"
    fault = (await target.answer(Request(case=Case(id="b", input="x")))).fault
    assert fault == Fault(owner="target", kind="recorded", message="timeout")


def test_every_bad_line_is_named_with_field_and_reason(tmp_path: Path, resolve: Any) -> None:
    (tmp_path / "r.jsonl").write_text(
        '{"id": "a", "output": "1"}\n'
        "{broken\n"
        '{"output": "1"}\n'
        '{"id": "b"}\n'
        '{"id": "c", "output": "1", "latency_s": "fast"}\n'
        '{"id": "d", "output": "1", "cost_usd": -1}\n'
        '{"id": "a", "output": "2", "epoch": 1}\n'
        "[1]\n"
        '{"id": "e", "output": "1", "epoch": 1.5}\n'
        '{"id": "f", "output": NaN}\n'
    )
    with pytest.raises(InputError, match="9 lines cannot be read") as caught:
        resolve("replay:r.jsonl")
    details = [line.split(" line ", 1)[1] for line in caught.value.details]
    assert details[0].startswith("2: not JSON")
    assert details[1:8] == [
        "3: id: missing",
        "4: output: missing, and no error given instead",
        "5: latency_s: must be a number, not str",
        "6: cost_usd: must not be negative",
        "7: epoch: case a has epoch 1 on line 1 already",
        "8: line: must be an object, not list",
        "9: epoch: must be a whole number from 0, not 1.5",
    ]
    assert details[8].startswith("10: not JSON: NaN")


def test_at_most_twenty_details(tmp_path: Path, resolve: Any) -> None:
    (tmp_path / "r.jsonl").write_text("x\n" * 812)
    with pytest.raises(InputError, match="812 lines cannot be read") as caught:
        resolve("replay:r.jsonl")
    assert len(caught.value.details) == 20


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, resolve: Any, text: str) -> None:
    (tmp_path / "r.jsonl").write_text(text)
    with pytest.raises(InputError, match="holds no recorded outputs"):
        resolve("replay:r.jsonl")


def test_a_missing_file_is_named(resolve: Any) -> None:
    with pytest.raises(InputError, match=r"nothing\.jsonl: no such file of recorded outputs"):
        resolve("replay:nothing.jsonl")


async def test_it_can_be_closed_and_used_again(tmp_path: Path, resolve: Any) -> None:
    write(tmp_path / "r.jsonl", [{"id": "a", "output": "1"}])
    target = resolve("replay:r.jsonl")
    await target.open()
    await target.close()
    assert await value(target, "a") == "1"


async def test_editing_the_file_later_changes_nothing(tmp_path: Path, resolve: Any) -> None:
    path = write(tmp_path / "r.jsonl", [{"id": "a", "output": "before"}])
    target = resolve("replay:r.jsonl")
    write(path, [{"id": "a", "output": "after"}])
    assert await value(target, "a") == "before"


async def test_odd_text_survives(tmp_path: Path, resolve: Any) -> None:
    odd = "line\u2028sep \u0000 \U0001f600 zero\u200bwidth"
    write(tmp_path / "r.jsonl", [{"id": "x\ty", "output": odd}])
    target = resolve("replay:r.jsonl")
    assert await value(target, "x\ty") == odd


async def test_memory_stays_modest(tmp_path: Path, resolve: Any) -> None:
    path = tmp_path / "big.jsonl"
    with path.open("w") as file:
        for index in range(4_000):
            file.write(json.dumps({"id": f"case-{index:07}", "output": "word " * 1000}) + "\n")
    tracemalloc.start()
    target = resolve("replay:big.jsonl")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 20 MB of text, of which an index stays: 100,000 rows take 25 times as much.
    assert held < 3e6
    assert await value(target, "case-0003999") == "word " * 1000


async def test_the_recorded_answers_of_four_models(tmp_path: Path, resolve: Any) -> None:
    source = Path(__file__).resolve().parents[2] / "../shared/data/gsm8k/example_model_solutions.jsonl.gz"
    if not source.is_file():
        pytest.skip("the GSM8K recordings are not here")
    with gzip.open(source, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    recorded = [
        {"id": f"q{index}", "output": row["175b_verification"]["solution"]} for index, row in enumerate(rows)
    ]
    write(tmp_path / "m.jsonl", recorded)
    target = resolve("replay:m.jsonl")
    assert target.info.settings["rows"] == 1319
    assert await value(target, "q1318") == rows[1318]["175b_verification"]["solution"]
