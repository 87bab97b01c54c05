"""The project file: every key, what is refused, and where it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.app._project import DEFAULT_STORE, find_project, load_project
from steelyard.core import ConfigError

WHOLE = """\
[project]
name = "support"
store = "postgresql://host/database"

[targets.v2]
uri = "openai:m"
temperature = 0

[judges.helpful]
uri = "openai:m"

[suites.smoke]
benchmark = "support"

[gate]
allowed_drop = 0.03
on_inconclusive = "fail"
rules = "gate.yaml"
max_missing = 0.1
anchor = "autumn"

[policies]
live = "policies/support.yaml"
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "steelyard.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    project = load_project(_file(tmp_path, WHOLE))
    assert (project.folder, project.name, project.store) == (
        tmp_path,
        "support",
        "postgresql://host/database",
    )
    assert project.targets == {"v2": {"uri": "openai:m", "temperature": 0}}
    assert project.suites == {"smoke": {"benchmark": "support"}}
    gate = project.gate
    assert (gate.allowed_drop, gate.on_inconclusive, gate.max_missing) == (0.03, "fail", 0.1)
    assert (gate.rules, gate.anchor) == ("gate.yaml", "autumn")


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    project = load_project(_file(tmp_path, ""))
    assert project.name == tmp_path.name
    assert project.store == f"sqlite:///{tmp_path}/.steelyard/steelyard.db"
    assert (project.gate.allowed_drop, project.gate.on_inconclusive, project.gate.max_missing) == (
        0.02, "warn", 0.05,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gates]\n", "unknown key 'gates'. Did you mean 'gate'"),
        ("colour = 1\n", "unknown key 'colour'. Known: project, targets"),
        ("[project]\nstor = 'x'\n", r"\[project\]: unknown key 'stor'. Did you mean 'store'"),
        ("[gate]\nalowed_drop = 0.1\n", r"\[gate\]: unknown key 'alowed_drop'. Did you mean 'allowed_drop'"),
        ("[gate]\nallowed_drop = '2 %'\n", "'allowed_drop' must be a number of at least 0. It is '2 %'"),
        ("[gate]\nallowed_drop = -0.1\n", "must be a number of at least 0"),
        ("[gate]\nallowed_drop = true\n", "must be a number of at least 0"),
        ("[gate]\nallowed_drop = nan\n", "must be a number of at least 0"),
        ("[gate]\nallowed_drop = inf\n", "must be a number of at least 0"),
        ("[gate]\nmax_missing = 5\n", "'max_missing' must lie between 0 and 1"),
        ("[gate]\non_inconclusive = 'pass'\n", '\'on_inconclusive\' must be "warn" or "fail"'),
        ("[gate]\nrules = 3\n", "'rules' must be text"),
        ("[gate]\nanchor = ['a']\n", "'anchor' must be text"),
        ("[project]\nstore = 5\n", "'store' must be text"),
        ("[project]\nname = 5\n", "'name' must be text"),
        ("gate = 3\n", r"\[gate\] must be a table"),
        ("[targets]\nv1 = 'openai:m'\n", r"\[targets\]: \[v1\] must be a table"),
        ("[gate\n", "cannot be read: .*line 1"),
        ("[gate]\n[gate]\n", "cannot be read"),
    ],
)
def test_a_broken_file_names_file_table_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_project(path)
    assert str(path) in caught.value.where


def test_a_file_that_is_no_utf_8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "steelyard.toml"
    path.write_bytes(b'[project]\nname = "\xff"\n')
    with pytest.raises(ConfigError, match="cannot be read"):
        load_project(path)


def test_the_nearest_file_upward_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "outer" / "inner" / "deep"
    deep.mkdir(parents=True)
    _file(tmp_path / "outer", "[project]\nname = 'outer'\n")
    monkeypatch.chdir(deep)
    assert find_project(None).folder == tmp_path / "outer"
    _file(tmp_path / "outer" / "inner", "[project]\nname = 'inner'\n")
    found = find_project(None)
    assert (found.name, found.folder) == ("inner", tmp_path / "outer" / "inner")


def test_a_named_folder_is_not_searched_upward(tmp_path: Path) -> None:
    _file(tmp_path, "[project]\nname = 'outer'\n")
    (tmp_path / "inner").mkdir()
    project = find_project(tmp_path / "inner")
    assert (project.name, project.file) == ("inner", None)
    assert project.store.endswith("/inner/.steelyard/steelyard.db")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such folder. Check --project"):
        find_project(tmp_path / "none")


def test_without_a_file_the_present_folder_is_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project = find_project(None)
    assert (project.folder, project.file) == (tmp_path, None)
    assert project.store == "sqlite:///" + str(tmp_path / DEFAULT_STORE.removeprefix("sqlite:///"))


@pytest.mark.parametrize(
    ("store", "wanted"),
    [
        ("sqlite:///data/s.db", "sqlite:///{folder}/data/s.db"),
        ("sqlite:///../s.db", "sqlite:///{parent}/s.db"),
        ("sqlite:////var/s.db", "sqlite:////var/s.db"),
        ("sqlite://", "sqlite://"),
        ("postgresql://u:p@h:5/d", "postgresql://u:p@h:5/d"),
    ],
)
def test_a_relative_store_belongs_to_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, wanted: str
) -> None:
    (tmp_path / "p" / "below").mkdir(parents=True)
    _file(tmp_path / "p", f'[project]\nstore = "{store}"\n')
    monkeypatch.chdir(tmp_path / "p" / "below")
    assert find_project(None).store == wanted.format(folder=tmp_path / "p", parent=tmp_path)
