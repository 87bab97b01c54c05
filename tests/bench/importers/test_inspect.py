from __future__ import annotations

import json
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import zstandard

from steelyard.bench import ImportedRun, detect_format, read_cases
from steelyard.core import InputError, Json


def _sample(**fields: Json) -> dict[str, Json]:
    answer: Json = {
        "model": "m",
        "choices": [{"message": {"role": "assistant", "content": "Paris"}, "stop_reason": "stop"}],
    }
    plain: dict[str, Json] = {"id": 1, "epoch": 1, "input": "Capital?", "target": "Paris", "output": answer}
    return {**plain, "scores": {"match": {"value": "C", "answer": "Paris"}}, **fields}


def _log(samples: Sequence[Json], **fields: Json) -> dict[str, Json]:
    spec: dict[str, Json] = {
        "run_id": "r",
        "created": "2026-01-02T03:04:05+00:00",
        "task": "capitals",
        "task_id": "t",
        "dataset": {"name": "capitals"},
        "model": "openai/gpt",
        "model_args": {"api_key": "sk-never", "timeout": 5},
        "config": {},
    }
    return {"version": 2, "status": "success", "eval": spec, "plan": {}, "samples": list(samples), **fields}


def _write(tmp_path: Path, log: Json) -> Path:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    return path


def _zip(path: Path, members: Mapping[str, bytes], *, zstd: bool = True) -> Path:
    """An archive as Inspect writes it: Zstandard members (method 93), which this Python cannot write."""
    body, directory = b"", b""
    for name, data in members.items():
        if zstd:
            packed, method = zstandard.ZstdCompressor().compress(data), 93
        else:
            packer = zlib.compressobj(wbits=-15)
            packed, method = packer.compress(data) + packer.flush(), 8
        raw = name.encode("utf-8")
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0x800, method, 0, 33, zlib.crc32(data), len(packed), len(data), len(raw), 0
        )
        offset = len(body)
        body += b"PK\x03\x04" + common + raw + packed
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + raw
        )
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)
    return path


def _members(log: Mapping[str, Json], *, finished: bool = True) -> dict[str, bytes]:
    samples = log["samples"]
    assert isinstance(samples, list)
    header = {name: value for name, value in log.items() if name != "samples"}
    members = {"header.json" if finished else "_journal/start.json": json.dumps(header).encode()}
    for item in samples:
        members[f"samples/{item['id']}_epoch_{item['epoch']}.json"] = json.dumps(item).encode()
    return members


def _run(path: Path) -> ImportedRun:
    (run,) = read_cases(path).runs
    return run


# Counts and grades were read in the logs themselves.
@pytest.mark.parametrize(
    ("name", "cases", "outputs", "label", "scores"),
    [
        (
            "2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval",
            10,
            10,
            "openai/gpt-4o-mini",
            {},
        ),
        ("2025-05-12T20-28-13-04-00_popularity.json", 3, 3, "openai/gpt-4o-mini", {"match": 2 / 3}),
        ("log_streaming.eval", 2, 4, "azureai/Meta-Llama-3-1-405B-Instruct-jqf", {"match": 0.75}),
        ("log_tool_call_error.json", 1, 1, "log_tool_call_error", {}),
    ],
)
def test_real_logs(
    shared_data: Path, name: str, cases: int, outputs: int, label: str, scores: dict[str, float]
) -> None:
    path = shared_data / "inspect_logs" / name
    assert detect_format(path) == "inspect"
    imported = read_cases(path)
    (run,) = imported.runs
    assert (len(imported.cases), len(run.outputs), run.label) == (cases, outputs, label)
    for score, mean in scores.items():
        found = [output.scores[score] for output in run.outputs.values()]
        assert math.isclose(sum(found) / len(found), mean)
    assert imported.metrics == (*(f"recorded:{score}" for score in scores), "exact_match")


def test_what_a_real_log_says_about_a_sample(shared_data: Path) -> None:
    imported = read_cases(shared_data / "inspect_logs/2025-05-12T20-28-13-04-00_popularity.json")
    assert imported.cases[0].expected == " Yes"
    assert imported.cases[0].metadata["label_confidence"] == 0.8860552919198255
    (run,) = imported.runs
    output = run.outputs["1", 1]
    assert (output.text, output.latency_s) == ("Yes", 0.546)
    assert (output.usage.input_tokens, output.usage.output_tokens) == (64, 2)
    assert run.started == "2025-05-12T20:28:13-04:00"
    assert "the log's status is 'cancelled'" in imported.notes


@pytest.mark.parametrize("zstd", [True, False])
def test_an_archive_holds_what_the_json_log_holds(tmp_path: Path, zstd: bool) -> None:
    log = _log(
        [_sample(), _sample(epoch=2), _sample(id="a/b", input="Other?", choices=["x", "y"], target="B")]
    )
    plain = read_cases(_write(tmp_path, log))
    archived = read_cases(_zip(tmp_path / "log.eval", _members(log), zstd=zstd))
    assert archived.cases == plain.cases
    assert archived.runs == plain.runs
    assert archived.cases[1].input == {"question": "Other?", "choices": ["x", "y"]}
    assert archived.runs[0].epochs == 2


def test_grades_become_numbers_and_the_unscored_stays_missing(tmp_path: Path) -> None:
    values: list[Json] = ["C", "I", "P", "N", math.nan, 0.3, True, "0.5", "fair", None]
    samples = [_sample(id=n, scores={"s": {"value": value}}) for n, value in enumerate(values)]
    path = _write(tmp_path, _log(samples))
    imported = read_cases(path)
    found = [output.scores.get("s") for output in imported.runs[0].outputs.values()]
    assert found == [1.0, 0.0, 0.5, 0.0, None, 0.3, 1.0, 0.5, None, None]
    assert "samples left unscored by 's', which count as missing: 2" in imported.notes
    assert "marks of 's' that are words, kept in the details: 1" in imported.notes


def test_scores_of_several_values_get_a_name_each(tmp_path: Path) -> None:
    scores: Json = {"f": {"value": {"tone": 0.5, "length": "C"}}, "g": {"value": [1, 0]}}
    run = _run(_write(tmp_path, _log([_sample(scores=scores)])))
    assert run.outputs["1", 1].scores == {"f.tone": 0.5, "f.length": 1.0, "g.1": 1.0, "g.2": 0.0}


def test_an_old_log_with_one_nameless_score(tmp_path: Path) -> None:
    sample = {**_sample(), "score": {"value": "I"}}
    del sample["scores"]
    run = _run(_write(tmp_path, _log([sample], results={"scorer": {"name": "includes"}})))
    assert run.outputs["1", 1].scores == {"includes": 0.0}


@pytest.mark.parametrize(
    ("fields", "owner", "kind"),
    [
        (
            {"error": {"message": "ConnectionError: refused\ntrace"}, "scores": {}},
            "infrastructure",
            "recorded",
        ),
        ({"output": None, "scores": {}, "limit": {"type": "time", "limit": 30}}, "target", "timeout"),
        ({"output": None, "scores": {}, "limit": {"type": "token", "limit": 9}}, "target", "limit"),
        (
            {"output": None, "scores": {}, "limit": {"type": "operator", "limit": 1}},
            "infrastructure",
            "limit",
        ),
        ({"invalidation": {"reason": "leaked"}}, "infrastructure", "recorded"),
    ],
)
def test_why_there_is_no_answer(tmp_path: Path, fields: dict[str, Json], owner: str, kind: str) -> None:
    fault = _run(_write(tmp_path, _log([_sample(**fields)]))).outputs["1", 1].fault
    assert fault is not None
    assert (fault.owner, fault.kind) == (owner, kind)
    assert "\n" not in fault.message


def test_a_sample_that_was_scored_in_spite_of_an_error_keeps_its_score(tmp_path: Path) -> None:
    output = _run(_write(tmp_path, _log([_sample(error={"message": "late"})]))).outputs["1", 1]
    assert output.fault is None
    assert output.scores == {"match": 1.0}
    assert output.detail["error"] == "late"


def test_tool_calls_become_spans(tmp_path: Path) -> None:
    messages: list[Json] = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {
            "role": "assistant",
            "content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "call"}],
            "tool_calls": [{"id": "c1", "function": "add", "arguments": {"x": 1}, "type": "function"}],
        },
        {
            "role": "tool",
            "tool_call_id": "c1",
            "function": "add",
            "content": "",
            "error": {"type": "timeout", "message": "slow"},
        },
        {"role": "assistant", "content": "done"},
    ]
    output = _run(_write(tmp_path, _log([_sample(messages=messages)]))).outputs["1", 1]
    (span,) = output.trace
    assert (span.name, span.kind, span.input, span.error) == ("add", "tool", {"x": 1}, "timeout: slow")
    kept = output.detail["messages"]
    assert isinstance(kept, list)
    assert kept[0] == {"role": "user", "content": "a\nb"}
    assert kept[1]["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"x":1}'}


def test_a_repeated_id_takes_its_answers_in_order(tmp_path: Path) -> None:
    messages: list[Json] = []
    for x in (1, 2):
        messages += [
            {"role": "assistant", "tool_calls": [{"id": "c", "function": "add", "arguments": {"x": x}}]},
            {"role": "tool", "tool_call_id": "c", "function": "add", "content": f"answer {x}"},
        ]
    output = _run(_write(tmp_path, _log([_sample(messages=messages)]))).outputs["1", 1]
    assert [(span.input, span.output) for span in output.trace] == [
        ({"x": 1}, "answer 1"),
        ({"x": 2}, "answer 2"),
    ]


def test_events_give_the_times_of_calls(tmp_path: Path) -> None:
    events: list[Json] = [
        {"event": "model", "model": "m", "timestamp": "2026-01-01T00:00:00+00:00", "working_time": 0.5},
        {
            "event": "tool",
            "id": "c",
            "function": "add",
            "arguments": {"x": "attachment://h"},
            "result": "3",
            "timestamp": "2026-01-01T00:00:01+00:00",
            "completed": "2026-01-01T00:00:03+00:00",
        },
    ]
    sample = _sample(events=events, attachments={"h": "long"})
    model, tool = _run(_write(tmp_path, _log([sample]))).outputs["1", 1].trace
    assert (model.kind, model.duration_s) == ("llm", 0.5)
    assert (tool.input, tool.output, tool.duration_s) == ({"x": "long"}, "3", 2.0)


def test_tokens_include_cached_ones_and_leave_graders_out(tmp_path: Path) -> None:
    usage: Json = {
        "openai/gpt": {
            "input_tokens": 10,
            "output_tokens": 5,
            "total_tokens": 115,
            "input_tokens_cache_read": 100,
            "total_cost": 0.02,
        },
        "grader": {"input_tokens": 999, "output_tokens": 9, "total_tokens": 1008},
    }
    imported = read_cases(_write(tmp_path, _log([_sample(model_usage=usage)])))
    output = imported.runs[0].outputs["1", 1]
    assert (output.usage.input_tokens, output.usage.cached_tokens, output.cost_usd) == (110, 100, 0.02)
    assert any("graders" in note for note in imported.notes)


def test_no_secret_of_the_log_is_kept(tmp_path: Path) -> None:
    run = _run(_write(tmp_path, _log([_sample()])))
    assert "sk-never" not in json.dumps(dict(run.target))
    assert run.target["model_args"] == {"timeout": 5}


def test_attachments_are_put_back_and_lost_ones_are_counted(tmp_path: Path) -> None:
    sample = _sample(
        input=[{"role": "user", "content": [{"type": "image", "image": "attachment://p"}]}],
        target="attachment://gone",
        attachments={"p": "data:image/png;base64,AA=="},
    )
    imported = read_cases(_write(tmp_path, _log([sample])))
    assert imported.cases[0].input == [
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}],
        }
    ]
    assert any("attachments that the log does not hold" in note for note in imported.notes)


def test_chunked_samples_are_put_together(tmp_path: Path) -> None:
    shell = {**_sample(), "input": "attachment://1", "message_refs": [[1, 3]]}
    messages: list[Json] = [{"role": "user", "content": str(n)} for n in range(2)]
    members = {
        "header.json": json.dumps(_log([])).encode(),
        "samples/1_epoch_1/sample.json": json.dumps(shell).encode(),
        "samples/1_epoch_1/metadata.json": b'{"kind": "x"}',
        "samples/1_epoch_1/skeleton.json": b"{}",
        "samples/1_epoch_1/messages/0.json": json.dumps(messages).encode(),
        "samples/1_epoch_1/messages/2.json": b'[{"role": "assistant", "content": "attachment://0"}]',
        "samples/1_epoch_1/events/0.json": b'[{"event": "tool", "function": "f", "arguments": {}}]',
        "samples/1_epoch_1/events/stats.json": b"{}",
        "samples/1_epoch_1/attachments/0.json": b'["zero", "one"]',
    }
    imported = read_cases(_zip(tmp_path / "log.eval", members))
    assert imported.cases[0].input == "one"
    assert imported.cases[0].metadata == {"kind": "x"}
    assert imported.runs[0].outputs["1", 1].detail["messages"] == [
        {"role": "user", "content": "1"},
        {"role": "assistant", "content": "zero"},
    ]
    broken = {**members, "samples/1_epoch_1/messages/5.json": b"[]"}
    with pytest.raises(InputError, match="does not follow the 3 items before it"):
        read_cases(_zip(tmp_path / "gap.eval", broken))


def test_an_unfinished_log_gives_the_samples_it_has(tmp_path: Path) -> None:
    members = _members(_log([_sample()]), finished=False)
    imported = read_cases(_zip(tmp_path / "log.eval", members))
    assert len(imported.cases) == 1
    assert any("unfinished" in note for note in imported.notes)
    with pytest.raises(InputError, match="the log holds no samples"):
        read_cases(_zip(tmp_path / "empty.eval", _members(_log([]), finished=False)))


def test_the_question_may_not_change_between_epochs(tmp_path: Path) -> None:
    log = _log([_sample(), _sample(epoch=2, input="Something else?")])
    with pytest.raises(InputError, match=r"samples\[1\]: id: '1' is taken by samples\[0\]"):
        read_cases(_write(tmp_path, log))


def test_cases_stand_in_the_order_of_the_dataset(tmp_path: Path) -> None:
    log = _log([_sample(id=name) for name in ("b", "x", "a")])
    spec = log["eval"]
    assert isinstance(spec, dict)
    spec["dataset"] = {"sample_ids": ["a", "b", "c"]}
    imported = read_cases(_write(tmp_path, log))
    assert [case.id for case in imported.cases] == ["a", "b", "x"]


def test_every_broken_sample_is_named(tmp_path: Path) -> None:
    log = _log([_sample(), 7, _sample(id=None), _sample(id=3, epoch=0), _sample(id=4, input=None)])
    with pytest.raises(InputError, match="the first of 4 problems") as caught:
        read_cases(_write(tmp_path, log))
    assert [detail.split(":")[0] for detail in caught.value.details] == [
        "line 2, samples[1]",
        "line 3, samples[2]",
        "line 4, samples[3]",
        "line 5, samples[4]",
    ]


def test_broken_members_are_named(tmp_path: Path) -> None:
    members = {
        **_members(_log([_sample()])),
        "samples/2_epoch_1.json": b"{",
        "samples/3_epoch_1.json": b"\xff",
        "samples/../../evil\x1b_epoch_1.json": b"[]",
    }
    with pytest.raises(InputError, match=r"samples/2_epoch_1\.json: is not JSON") as caught:
        read_cases(_zip(tmp_path / "log.eval", members))
    assert len(caught.value.details) == 3
    assert all(detail.isprintable() for detail in caught.value.details)


def test_an_archive_made_to_do_harm_is_refused(tmp_path: Path) -> None:
    members = {**_members(_log([_sample()])), "samples/9_epoch_1.json": b" " * (257 * 2**20)}
    path = _zip(tmp_path / "bomb.eval", members)
    assert path.stat().st_size < 2**16
    with pytest.raises(InputError, match="unpacks to far more than such a file holds"):
        read_cases(path)


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    whole = _zip(tmp_path / "log.eval", _members(_log([_sample()]))).read_bytes()
    cut = tmp_path / "cut.eval"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged or cut short"):
        read_cases(cut)
    flipped = tmp_path / "flipped.eval"
    flipped.write_bytes(whole.replace(b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfe", 1))
    with pytest.raises(InputError, match="damaged or cut short"):
        read_cases(flipped)
    with zipfile.ZipFile(tmp_path / "other.eval", "w") as archive:
        archive.writestr("samples/readme.txt", "x")
    with pytest.raises(InputError, match="not an Inspect log"):
        read_cases(tmp_path / "other.eval")
    with zipfile.ZipFile(tmp_path / "bz2.eval", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("header.json", "{}")
    with pytest.raises(InputError, match="is compressed by method 12"):
        read_cases(tmp_path / "bz2.eval")


def test_hostile_values_are_refused_or_kept_harmless(tmp_path: Path) -> None:
    deep: Json = "x"
    for _ in range(300):
        deep = [deep]
    with pytest.raises(InputError, match="nested more than 200 levels deep"):
        read_cases(_write(tmp_path, _log([_sample(metadata={"deep": deep})])))
    path = tmp_path / "log.json"
    path.write_text(json.dumps(_log([_sample()])).replace('"Paris"', "[" * 100_000), encoding="utf-8")
    with pytest.raises(InputError, match="nested too deeply"):
        read_cases(path)
    huge = json.dumps(_log([_sample(metadata={"n": "HUGE"})]))
    path.write_text(huge.replace('"HUGE"', "1e999"), encoding="utf-8")
    with pytest.raises(InputError, match="a number that is too large"):
        read_cases(path)
    path.write_text(huge.replace('"HUGE"', "9" * 5000), encoding="utf-8")
    with pytest.raises(InputError, match="a number that cannot be read"):
        read_cases(path)
    path.write_text(huge.replace('"HUGE"', r'"\ud800"').replace('"id": 1', r'"id": "\ud800"'), "utf-8")
    imported = read_cases(path)
    assert imported.cases[0].id.isprintable()
    assert imported.cases[0].metadata == {"n": "\ud800"}


def test_text_that_refers_to_one_attachment_a_million_times_is_refused(tmp_path: Path) -> None:
    sample = _sample(input=[{"role": "user", "content": "attachment://h"}] * 400)
    sample["attachments"] = {"h": "x" * 2**20}
    with pytest.raises(InputError, match="attachments of more than 256 MiB"):
        read_cases(_write(tmp_path, _log([sample])))


def test_dataset_rows_with_choices(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [
        {"input": "2+2?", "choices": ["3", "4"], "target": "B", "id": 1, "files": {"a": "b"}},
        {"input": "1+1?", "choices": ["2", "4"], "target": "A"},
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    imported = read_cases(path)
    assert imported.format == "inspect"
    assert imported.metrics == ("choice",)
    assert imported.cases[0].input == {"question": "2+2?", "choices": ["3", "4"]}
    assert imported.cases[1].id.startswith("case-")
    assert "samples whose files did not carry over: 1" in imported.notes
