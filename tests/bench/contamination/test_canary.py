"""Canaries never become part of a case, whichever importer reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import read_cases
from steelyard.bench.contamination import canary_text

GUID = "a9cef1a0-79d5-533f-9e46-1d1256b637c6"
MARK = canary_text(GUID)
OPENAI = [
    {"input": [{"role": "user", "content": f"q{n}"}], "ideal": str(n), "canary": MARK} for n in range(3)
]
INSPECT = [
    {"id": f"i{n}", "input": f"q{n}", "target": str(n), "metadata": {"canary": MARK}} for n in range(3)
]
PROMPTFOO = {
    "prompts": ["{{q}}"],
    "tests": [
        {"vars": {"q": f"q{n}", "canary": MARK}, "assert": [{"type": "equals", "value": str(n)}]}
        for n in range(3)
    ],
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("evals.jsonl", "".join(json.dumps(row) + "\n" for row in OPENAI)),
        ("inspect.jsonl", "".join(json.dumps(row) + "\n" for row in INSPECT)),
        ("promptfooconfig.yaml", json.dumps(PROMPTFOO)),
    ],
)
def test_every_importer_leaves_canaries_out(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    read = read_cases(path)
    assert len(read.cases) == 3
    assert not any(GUID in json.dumps(case.as_json()) for case in read.cases)
    assert read.provenance.detail["canary"] == [GUID]
    path.write_text(text.replace(MARK, f"{MARK} and more"), encoding="utf-8")
    kept = read_cases(path)
    assert all("and more" in json.dumps(case.as_json()) for case in kept.cases)
    assert "canary" not in kept.provenance.detail
