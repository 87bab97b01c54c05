"""The documentation says what the program does."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from tools.docs import FOLDER, pages

from steelyard.app import _judge_table, _project
from steelyard.app.cli._root import COMMANDS, root
from steelyard.bench.importers import _registry as importers
from steelyard.core import rubric_from_json
from steelyard.gates import _rules, parse_rules
from steelyard.metrics import _registry as metrics
from steelyard.metrics import metric_names
from steelyard.metrics.agent._rules import read_rules
from steelyard.targets import _anthropic, _command, _http, _openai, _spec
from steelyard.targets import _registry as targets

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
WRITTEN = [path for path in PAGES if FOLDER not in path.parents]
SETTINGS_PAGE = (ROOT / "docs" / "project-file.md").read_text(encoding="utf-8")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(steelyard [^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _blocks(path: Path, language: str) -> list[str]:
    return [body for found, body in _BLOCK.findall(path.read_text(encoding="utf-8")) if found == language]


def _commands(path: Path) -> Iterator[str]:
    for block in _blocks(path, "sh"):
        yield from (line.strip() for line in block.splitlines() if line.strip().startswith("steelyard "))
    yield from (" ".join(found.split()) for found in _INLINE.findall(path.read_text(encoding="utf-8")))


def test_generated_pages_are_fresh() -> None:
    wanted = dict(pages())
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.md")} == set(wanted), "run `make docs`"
    for name, text in wanted.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is stale: run `make docs`"


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_has_its_section(verb: str) -> None:
    assert f"\n## steelyard {verb}\n" in (FOLDER / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("metric", metric_names())
def test_every_metric_has_its_page(metric: str) -> None:
    index = (FOLDER / "metrics.md").read_text(encoding="utf-8")
    page = f"metrics/{metric.replace(':', '-')}.md"
    assert f"[{metric}]({page})" in index
    text = (FOLDER / page).read_text(encoding="utf-8")
    for heading in ("What it measures", "When it misleads", "Example", "Reference"):
        assert heading in text


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    prose = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    for link in _LINK.findall(prose):
        assert not link.startswith("/"), f"{link} works on no other machine"
        if not link.startswith(("https://", "http://", "#", "mailto:")):
            assert (path.parent / link.partition("#")[0]).exists(), f"{link} leads nowhere"


@pytest.mark.parametrize("path", WRITTEN, ids=_name)
def test_python_examples_parse(path: Path) -> None:
    for block in _blocks(path, "python"):
        compile(block, _name(path), "exec")


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_commands_exist_with_their_options(path: Path) -> None:
    for line in _commands(path):
        words = shlex.split(line, comments=True)[1:]
        command: click.Command = root
        context = click.Context(root, info_name="steelyard")
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(context, words[0])
            assert found is not None, f"`{line}`: there is no command {words[0]}"
            command, words = found, words[1:]
        options = {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
        options |= {"--help", "-h"}
        for word in words:
            if word.startswith("-") and len(word) > 1:
                assert word.partition("=")[0] in options, f"`{line}`: no option {word}"


@pytest.mark.parametrize("path", WRITTEN, ids=_name)
def test_settings_in_examples_are_read(path: Path, tmp_path: Path) -> None:
    for block in _blocks(path, "toml"):
        if "entry-points" in block:
            tomllib.loads(block)
            continue
        (tmp_path / "steelyard.toml").write_text(block, encoding="utf-8")
        _project.load_project(tmp_path / "steelyard.toml")
    for block in _blocks(path, "yaml"):
        document = yaml.safe_load(block)
        if "criteria" in document:
            assert rubric_from_json(document).criteria
        elif "forbidden" in document:
            assert read_rules(document).forbidden
        else:
            assert parse_rules(document, where=_name(path)).rules


def test_the_example_of_rules_has_each_kind() -> None:
    (block,) = _blocks(ROOT / "docs" / "project-file.md", "yaml")
    kinds = {rule.kind for rule in parse_rules(yaml.safe_load(block), where="example").rules}
    assert kinds == set(_rules._KINDS.values())


@pytest.mark.parametrize(
    "key",
    sorted(
        {
            *_judge_table.JUDGE_KEYS, *_project._PROJECT_KEYS, *_project._GATE_KEYS,
            *_rules._RULE_KEYS, *_rules._FILE_KEYS, *_rules._KINDS,
            *_spec.COMMON_SETTINGS,
        }
    ),
)  # fmt: skip
def test_every_key_is_documented(key: str) -> None:
    assert f"`{key}`" in SETTINGS_PAGE


@pytest.mark.parametrize("table", _project._TABLES)
def test_every_table_is_documented(table: str) -> None:
    assert re.search(rf"`\[{table}(\.NAME)?\]`", SETTINGS_PAGE)


@pytest.mark.parametrize("place", [0, 1, 2, 3], ids=["openai", "anthropic", "http", "command"])
def test_every_target_setting_is_documented(place: int) -> None:
    known = (_openai.SETTINGS, _anthropic.SETTINGS, _http.SETTINGS, _command.SETTINGS)[place]
    documented = set()
    for row in SETTINGS_PAGE.splitlines():
        cells = [cell.strip() for cell in row.split("|")[1:-1]]
        if len(cells) == 6 and cells[1 + place] == "✓":
            documented |= set(re.findall(r"`(\w+)`", cells[0]))
    assert documented == set(known)


def test_every_entry_point_group_is_documented() -> None:
    groups = (metrics.ENTRY_POINT_GROUP, targets.ENTRY_POINT_GROUP, importers.ENTRY_POINT_GROUP)
    how_to = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "how-to").glob("*.md"))
    for group in groups:
        assert f"`{group}`" in SETTINGS_PAGE
        assert group in how_to


def test_the_map_names_every_page() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / link).resolve() for link in _LINK.findall(text)}
    for path in (ROOT / "docs").rglob("*.md"):
        if path.name != "index.md" and not {"metrics", "decisions"} & set(path.parts):
            assert path in linked, f"{_name(path)} is not on the map"
