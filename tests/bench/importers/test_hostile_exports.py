"""Exports whose values are not what they should be: refused with a reason, or read, never a crash."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from steelyard.bench import Imported, Importer, ImportOptions, detect_format, load_importer
from steelyard.core import InputError, Json, canonical_json

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix != ".csv")
LOG = {
    "version": 2,
    "status": "success",
    "eval": {"run_id": "r", "task_id": "t", "model": "m", "dataset": {"sample_ids": [1]}, "config": {}},
    "plan": {"steps": [{"solver": "generate"}]},
    "results": {"scores": [{"name": "match"}]},
    "stats": {"started_at": "2026-01-01T00:00:00+00:00"},
    "samples": [
        {
            "id": 1,
            "epoch": 1,
            "input": [{"role": "user", "content": [{"type": "text", "text": "attachment://a"}]}],
            "choices": ["x", "y"],
            "target": ["A"],
            "messages": [
                {
                    "role": "assistant",
                    "content": "c",
                    "tool_calls": [{"id": "1", "function": "f", "arguments": {"x": 1}}],
                },
                {"role": "tool", "tool_call_id": "1", "content": "r", "error": {"type": "t", "message": "m"}},
            ],
            "output": {"choices": [{"message": {"content": "A"}, "stop_reason": "stop"}], "usage": {}},
            "scores": {"match": {"value": "C", "answer": "A"}},
            "model_usage": {"m": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}},
            "events": [
                {"event": "tool", "id": "1", "function": "f", "arguments": {}, "timestamp": "2026-01-01"}
            ],
            "attachments": {"a": "text"},
            "metadata": {"k": "v"},
            "limit": None,
            "working_time": 1.5,
        }
    ],
}
ROUNDS = 60
DEEP = "[" * 400 + "]" * 400
HOSTILE = (
    *("null", "true", '""', '" "', "[]", "{}", "[[]]", "[null]", "[{}]", '{"": ""}', "0", "-1", "1e308"),
    *('"\\ud800"', '"\\u0000"', '"\\u202e"', "1e999", "9" * 400, "9" * 5000, '"1e999"', '"NaN"', "NaN"),
    *('[1, "a", null, [2]]', '{"a": {"b": [1]}}', DEEP, json.dumps(DEEP), '"2026-99-99"', f'"{"x" * 700}"'),
)


def _places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += _places(item, (*path, key))
    return found


def _with_mark(text: str, rng: random.Random) -> str:
    """The JSON text with one value replaced by a mark."""
    value = json.loads(text)
    *way, last = rng.choice(_places(value))
    inner = value
    for key in way:
        inner = inner[key]
    inner[last] = "\x01MARK"
    return json.dumps(value)


def _read_or_refused(importer: Importer, path: Path) -> Imported | None:
    """What the importer made of it; None when it refused, with words that any terminal can show."""
    try:
        imported = importer.read(path, ImportOptions())
    except InputError as error:
        words = (error.message, error.where, *error.details)
    else:
        assert imported.cases
        return imported
    assert all(words), words
    assert all(text.isprintable() for text in words), words
    return None


@pytest.mark.parametrize("name", [*NAMES, "inspect_log.json"])
def test_any_value_may_be_anything(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    source = SAMPLES / name
    text = json.dumps(LOG) if name == "inspect_log.json" else source.read_text(encoding="utf-8")
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    form = detect_format(path)
    importer, read = load_importer(form), 0
    for _ in range(ROUNDS):
        hostile = rng.choice(HOSTILE)
        if path.suffix == ".jsonl":
            lines = text.splitlines()
            at = rng.randrange(len(lines))
            lines[at] = _with_mark(lines[at], rng)
            changed = "\n".join(lines)
        else:
            changed = _with_mark(text, rng)
        changed = changed.replace('"\\u0001MARK"', hostile)
        assert "MARK" not in changed
        path.write_text(changed, encoding="utf-8")
        importer.sniff(path, changed.encode("utf-8")[:65_536])
        imported = _read_or_refused(importer, path)
        if imported is None:
            continue
        read += 1
        for case in imported.cases:
            assert case.id.isprintable()
            canonical_json(case.as_json())
        for run in imported.runs:
            canonical_json(run.target)
            assert run.label.isprintable()
            for output in run.outputs.values():
                canonical_json(output.as_json())
    assert read > ROUNDS / 10


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_file_cut_anywhere_is_read_or_refused(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    whole = (SAMPLES / name).read_bytes()
    importer = load_importer(detect_format(SAMPLES / name))
    path = tmp_path / name
    for _ in range(10):
        path.write_bytes(whole[: rng.randrange(1, len(whole))])
        _read_or_refused(importer, path)
