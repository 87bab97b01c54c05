from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steelyard.bench import Imported, detect_format, read_cases
from steelyard.core import InputError
from steelyard.metrics import make_metric

_HEAD = "prompts: ['Greet {{name}}']\nproviders: [echo]\n"


def _config(folder: Path, text: str, **files: str) -> Imported:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    path = folder / "promptfooconfig.yaml"
    path.write_text(text, encoding="utf-8")
    return read_cases(path)


def _asserted(folder: Path, *asserts: list[dict[str, Any]]) -> Imported:
    tests = [{"vars": {"name": f"n{number}"}, "assert": item} for number, item in enumerate(asserts)]
    config = {"prompts": ["Greet {{name}}"], "providers": ["echo"], "tests": tests}
    path = folder / "promptfooconfig.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return read_cases(path)


def test_one_prompt_is_filled_in(tmp_path: Path) -> None:
    imported = _config(
        tmp_path,
        "prompts: ['{{ greeting }} {{who.name}} {{list[1]}} {{list}} {{who}} {{n}} {{ok}} {{no}}{{gone}} "
        "{{w|upper}}']\n"
        "providers: [echo]\n"
        "tests:\n"
        "  - vars:\n"
        "      {greeting: 'Hi {{w}}', who: {name: Ann}, list: [1, 2], n: 1.0, ok: true, no: null, w: x}\n",
    )
    assert imported.format == "promptfoo"
    (case,) = imported.cases
    assert case.input == "Hi x Ann 2 1,2 [object Object] 1 true  X"
    assert case.metadata["promptfoo"] == {
        "vars": {
            "greeting": "Hi {{w}}",
            "who": {"name": "Ann"},
            "list": [1, 2],
            "n": 1,
            "ok": True,
            "no": None,
            "w": "x",
        }
    }


def test_chat_prompts_are_messages(tmp_path: Path) -> None:
    prompt = '[{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}}"}]'
    imported = _config(
        tmp_path,
        "prompts: [file://prompts/chat.json]\nproviders: [echo]\n"
        "tests: [{vars: {q: 'a \"b\"', tone: kind}}]\n",
        prompts__chat_dot_json=prompt,
    )
    assert imported.cases[0].input == [
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": 'a "b"'},
    ]


@pytest.mark.parametrize(
    ("prompts", "reason"),
    [
        ("['a {{name}}', 'b {{name}}']", "there are 2 prompts"),
        ("['{% if name %}x{% endif %}']", "conditions, loops or comments"),
        ("['{{ env.HOME }}']", "more than a variable"),
        ("['{{ name.upper() }}']", "more than a variable"),
        ("['{{ name | escape }}']", "the filter 'escape' is not known"),
        ("['{{ cycler.__init__.__globals__.os }}{{ 7*7 }}']", "more than a variable"),
        ("[file://make.py:prompt]", "is not here as text"),
        ("[file://two.txt]", "there are 2 prompts"),
        ("[file://../outside.txt]", "is not here as text"),
    ],
)
def test_otherwise_the_variables_are_the_input(tmp_path: Path, prompts: str, reason: str) -> None:
    (tmp_path / "outside.txt").write_text("secret {{name}}", encoding="utf-8")
    folder = tmp_path / "inner"
    folder.mkdir()
    imported = _config(
        folder,
        f"prompts: {json.dumps(prompts)[1:-1]}\nproviders: [echo]\ntests: [{{vars: {{name: Ann}}}}]\n",
        two_dot_txt="one {{name}}\n---\ntwo {{name}}\n",
        make_dot_py="raise SystemExit('was run')",
    )
    assert imported.cases[0].input == {"name": "Ann"}
    assert any(reason in note for note in imported.notes)


def test_defaults_scenarios_and_fan_out(tmp_path: Path) -> None:
    imported = _config(
        tmp_path,
        _HEAD + "defaultTest: file://default.yaml\n"
        "tests:\n"
        "  - {description: both, vars: {name: [Ann, Bob], n: [1, 2]}}\n"
        "  - {description: bare, vars: {name: Cid}, options: {disableDefaultAsserts: true}}\n"
        "scenarios:\n"
        "  - config: [{vars: {name: Uno}}, {vars: {name: Due}}]\n"
        "    tests: [{description: counts, metadata: {topic: t}}, {vars: {more: x}}]\n",
        default_dot_yaml="assert: [{type: contains, value: '{{name}}'}]\n"
        "metadata: {team: a}\nvars: {lang: en}\n",
    )
    assert [case.input for case in imported.cases] == [
        *("Greet Ann", "Greet Bob", "Greet Cid", "Greet Uno", "Greet Uno", "Greet Due", "Greet Due"),
    ]
    assert [case.expected for case in imported.cases] == ["Ann", "Bob", None, "Uno", "Uno", "Due", "Due"]
    assert imported.cases[2].id == "bare"
    assert imported.cases[0].id.startswith("both ")
    assert imported.cases[0].id != imported.cases[1].id
    groups = [case.group for case in imported.cases]
    assert groups == [None, None, None, "scenario_0", "scenario_0", "scenario_1", "scenario_1"]
    assert all(case.metadata["team"] == "a" for case in imported.cases)
    variables = imported.cases[0].metadata["promptfoo"]
    assert isinstance(variables, dict)
    assert variables["vars"] == {"lang": "en", "name": "Ann", "n": [1, 2]}


def test_too_many_combinations_are_refused(tmp_path: Path) -> None:
    values = json.dumps([str(number) for number in range(101)])
    with pytest.raises(InputError, match="more than 1,000,000 combinations"):
        _config(tmp_path, _HEAD + f"tests: [{{vars: {{a: {values}, b: {values}, c: {values}}}}}]\n")


def test_files_of_tests_beside_the_configuration(tmp_path: Path) -> None:
    imported = _config(
        tmp_path,
        _HEAD + "tests: [file://sub/t.csv, sub/t.yaml, 'file://sub/*.jsonl', {path: file://t.json}]\n",
        sub__t_dot_csv="name,__expected,__expected2,__description,__metadata:tags[],__threshold\n"
        'Ann,"contains-any: a, b",similar(0.9): Ann,first,"x, y",0.5\nBob,Bob,,,,\n',
        sub__t_dot_yaml="- vars: {name: Cid}\n  assert: [{type: equals, value: file://wanted.txt}]\n",
        sub__u_dot_jsonl='{"vars": {"name": "Dot"}}\n',
        t_dot_json='[{"vars": {"name": "file://name.txt"}}]',
        name_dot_txt="Eve\n",
        wanted_dot_txt="Hello Cid\n",
    )
    assert [case.input for case in imported.cases] == [
        f"Greet {n}" for n in ("Ann", "Bob", "Cid", "Dot", "Eve")
    ]
    assert [case.expected for case in imported.cases] == ["Ann", "Bob", "Hello Cid", None, None]
    assert imported.cases[0].id == "first"
    assert imported.cases[0].metadata["tags"] == ["x", "y"]
    kept = imported.cases[0].metadata["promptfoo"]
    assert isinstance(kept, dict)
    assert kept["threshold"] == 0.5
    assert kept["assert"] == [
        {"type": "contains-any", "value": ["a", "b"]},
        {"type": "similar", "value": "Ann", "threshold": 0.9},
    ]


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("file://../x.csv", "leads outside"),
        ("file:///etc/passwd", "must be relative"),
        ("file://link.csv", "leads outside the folder"),
        ("file://none.csv", "is not a file"),
        ("file://*.nothing", "names no file"),
        ("file://data.bin", "is no file of tests"),
        ("file://broken.yaml", "is not YAML"),
        ("file://broken.jsonl", "is not JSON"),
        ("file://texts.yaml", "something that is not a test"),
    ],
)
def test_files_of_tests_that_may_not_or_cannot_be_read(tmp_path: Path, reference: str, reason: str) -> None:
    (tmp_path / "x.csv").write_text("name\nsecret\n", encoding="utf-8")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "x.csv")
    files = {
        "data_dot_bin": "x",
        "broken_dot_yaml": "a: [",
        "broken_dot_jsonl": '{"vars": \n',
        "texts_dot_yaml": "[a]",
    }
    with pytest.raises(InputError, match=reason):
        _config(folder, _HEAD + f"tests: ['{reference}', {{vars: {{name: Ann}}}}]\n", **files)


def test_programs_and_services_are_named_and_never_run(tmp_path: Path) -> None:
    imported = _config(
        tmp_path,
        _HEAD + "tests:\n"
        "  - file://make.py:cases\n"
        "  - https://docs.google.com/spreadsheets/d/1\n"
        "  - vars: {name: 'file://make.py'}\n"
        "    assert: [{type: python, value: 'file://make.py'}, {type: javascript, value: process.exit(1)}]\n"
        "extensions: [file://make.py:hook]\n"
        "evaluateOptions: {repeat: 3}\n",
        make_dot_py="raise SystemExit('was run')",
    )
    notes = "\n".join(imported.notes)
    assert len(imported.cases) == 1
    for part in (
        *("by a program, which was not run: file://make.py:cases", "by a service", "a variable is made by"),
        *("extensions are programs", "--epochs 3", "javascript (1)", "python (1)", "--target: echo"),
    ):
        assert part in notes
    with pytest.raises(InputError, match="no tests that can be read") as caught:
        _config(tmp_path, _HEAD + "tests: file://make.py\n")
    assert "promptfoo eval -o results.json" in str(caught.value)


@pytest.mark.parametrize(
    ("asserts", "expected", "metrics"),
    [
        ([[{"type": "equals", "value": "a"}]], ["a"], ["exact_match"]),
        ([[{"type": "equals", "value": {"a": 1}}]], [{"a": 1}], ["exact_match"]),
        ([[{"type": "equals", "value": 7}]], ["7"], ["exact_match"]),
        ([[{"type": "contains", "value": "{{name}}!"}]], ["n0!"], ["contains"]),
        ([[{"type": "icontains", "value": "a"}]], ["a"], ["contains:ignore_case=true"]),
        (
            [[{"type": "contains", "value": "a"}, {"type": "contains-all", "value": ["b", "c"]}]],
            [["a", "b", "c"]],
            ["contains:need=all"],
        ),
        ([[{"type": "icontains-any", "value": ["a", "b"]}]], [["a", "b"]], ["contains:ignore_case=true"]),
        ([[{"type": "levenshtein", "value": "a", "threshold": 5}]], ["a"], ["edit_similarity"]),
        ([[{"type": "rouge-n", "value": "a"}, {"type": "bleu", "value": "a"}]], ["a"], ["rouge_1", "bleu"]),
        ([[{"type": "regex", "value": "a,\\d"}]] * 2, [None, None], ["regex_match:pattern=a\\,\\\\d"]),
        (
            [[{"type": "regex", "value": "a"}], [{"type": "regex", "value": "b"}]],
            ["a", "b"],
            ["regex_match"],
        ),
        ([[{"type": "is-json"}]] * 2, [None, None], ["json_valid"]),
        (
            [[{"type": "is-json", "value": {"type": "object", "required": ["a", "b"]}}]] * 2,
            [None, None],
            ['json_schema:schema={"required":["a"\\,"b"]\\,"type":"object"}'],
        ),
        (
            [
                [{"type": "is-json", "value": {"type": "object"}}],
                [{"type": "is-json", "value": {"type": "array"}}],
            ],
            [{"type": "object"}, {"type": "array"}],
            ["json_schema"],
        ),
        (
            [[{"type": "latency", "threshold": 10}, {"type": "cost", "threshold": 1}]],
            [None],
            ["latency", "cost"],
        ),
        ([[{"type": "llm-rubric", "value": "nice"}]], [None], []),
        ([[{"type": "not-equals", "value": "a"}]], [None], []),
        (
            [[{"type": "assert-set", "assert": [{"type": "equals", "value": "a"}]}]],
            ["a"],
            ["exact_match"],
        ),
    ],
)
def test_asserts_become_expectations_and_metrics(
    tmp_path: Path, asserts: list[list[dict[str, Any]]], expected: list[Any], metrics: list[str]
) -> None:
    imported = _asserted(tmp_path, *asserts)
    assert [case.expected for case in imported.cases] == expected
    assert list(imported.metrics) == metrics
    for name in metrics:
        make_metric(name)


def test_mixed_expectations_are_said(tmp_path: Path) -> None:
    imported = _asserted(
        tmp_path,
        [{"type": "equals", "value": "a"}],
        [{"type": "icontains", "value": "b"}],
        [{"type": "is-json"}],
    )
    assert imported.metrics == ("contains:ignore_case=true",)
    assert [case.slices.get("expectation") for case in imported.cases] == ["equals", "contains", None]
    assert any("milder for equals" in note for note in imported.notes)
    assert any("is-json holds for 1 of 3 cases" in note for note in imported.notes)
    imported = _asserted(
        tmp_path,
        [{"type": "similar", "value": "a"}],
        [{"type": "contains", "value": "b"}],
        [{"type": "regex", "value": "c"}],
    )
    assert imported.metrics == ()
    assert [case.expected for case in imported.cases] == ["a", "b", None]


def test_a_broken_regular_expression_is_kept_and_said(tmp_path: Path) -> None:
    imported = _asserted(tmp_path, [{"type": "regex", "value": "a("}], [{"type": "regex", "value": "b"}])
    assert imported.metrics == ()
    assert any("is not valid here" in note for note in imported.notes)
    imported = _asserted(tmp_path, [{"type": "regex", "value": "a("}])
    assert imported.metrics == ()


def test_references_inside_the_configuration(tmp_path: Path) -> None:
    imported = _config(
        tmp_path,
        _HEAD + "assertionTemplates: {has: {type: contains, value: '{{name}}'}}\n"
        "tests: [{vars: {name: Ann}, assert: [{$ref: '#/assertionTemplates/has'}]}]\n",
    )
    assert imported.cases[0].expected == "Ann"
    for loop in ("a: {$ref: '#/a'}", "a: {$ref: '#/b'}\nb: {$ref: '#/a'}", "a: {$ref: '#/none'}"):
        with pytest.raises(InputError, match=r"\$ref|refers to '#/none'"):
            _config(tmp_path, _HEAD + f"tests: [{{vars: {{name: Ann}}}}]\n{loop}\n")


def test_a_configuration_without_tests_is_its_prompt(tmp_path: Path) -> None:
    imported = _config(tmp_path, "prompts: [Tell a joke]\nproviders: [echo]\n")
    assert [case.input for case in imported.cases] == ["Tell a joke"]


def test_metadata_become_slices_and_conversations_groups(tmp_path: Path) -> None:
    tests = [
        f"  - {{vars: {{name: n{number}}},"
        f" metadata: {{topic: t{number % 2}, conversationId: c{number // 2}}}}}"
        for number in range(4)
    ]
    imported = _config(tmp_path, _HEAD + "tests:\n" + "\n".join(tests) + "\n")
    assert [case.slices["topic"] for case in imported.cases] == ["t0", "t1", "t0", "t1"]
    assert [case.group for case in imported.cases] == ["c0", "c0", "c1", "c1"]


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("promptfooconfig.yml", "tests: []\n", "promptfoo"),
        (
            "suite.yaml",
            "# $schema=https://promptfoo.dev/config-schema.json\ntests: []\n",
            "promptfoo",
        ),
        ("suite.yaml", "prompts: [a]\nproviders: [b]\n", "promptfoo"),
        ("tests.yaml", "- vars: {a: b}\n  assert: []\n", "promptfoo"),
        ("tests.csv", "name,__expected\nAnn,hello\n", "promptfoo"),
        ("tests.csv", "name,expected\nAnn,hello\n", "csv"),
        ("cases.json", '[{"id": "a", "input": "b"}]', "json"),
        ("cases.jsonl", '{"id": "a", "input": "b", "metadata": {"prompts": 1}}\n', "jsonl"),
    ],
)
def test_detection(tmp_path: Path, name: str, text: str, form: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert detect_format(tmp_path / name) == form


def test_hostile_yaml_is_refused_with_its_place(tmp_path: Path) -> None:
    for text, reason in (
        ("tests: !!python/object/apply:os.system ['touch x']", "is not taken at line"),
        ("a: &a [*a]\nprompts: []\n", "refers to itself"),
        ("prompts: [", "is not YAML"),
        ("just text", "neither results, a configuration nor tests"),
    ):
        with pytest.raises(InputError, match=reason):
            _config(tmp_path, text)


@pytest.mark.parametrize(
    ("prompt", "variables", "reason"),
    [
        ("{{a}}", {"a": "{{b}}" * 10_000, "b": "{{c}}" * 10_000, "c": "x" * 10_000}, "grow past 16 MiB"),
        ("{{" * 20_000, {}, "more than variables between braces"),
        ("{{ {key: 1} }}", {}, "more than variables between braces"),
    ],
)
def test_prompts_that_would_explode_are_left_alone(
    tmp_path: Path, prompt: str, variables: dict[str, str], reason: str
) -> None:
    config = {"prompts": [prompt], "providers": ["echo"], "tests": [{"vars": variables}]}
    path = tmp_path / "promptfooconfig.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    imported = read_cases(path)
    assert any(reason in note for note in imported.notes)
