from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from steelyard.core import ConfigError, UsageError
from steelyard.targets import FORMS, SCHEMES, TargetSpec, _registry


@pytest.mark.parametrize(
    ("uri", "near"),
    [
        ("opnai:gpt-4o", "Did you mean openai: ?"),
        ("Replay:x.jsonl", "Did you mean replay: ?"),
        ("pyton:a:b", "Did you mean python: ?"),
        ("comand:cat", "Did you mean command: ?"),
        ("v2", ""),
        ("", ""),
        (":", ""),
        ("qqq:x", ""),
    ],
)
def test_an_unknown_target_lists_the_schemes(resolve: Any, uri: str, near: str) -> None:
    with pytest.raises(UsageError, match="unknown target") as caught:
        resolve(uri)
    assert near in caught.value.hint
    assert ("Did you mean" in caught.value.hint) is bool(near)
    for form in FORMS.values():
        assert form in caught.value.hint


def test_every_scheme_has_a_form() -> None:
    assert SCHEMES.keys() == FORMS.keys()


def test_a_key_in_a_mistyped_uri_is_not_repeated(resolve: Any) -> None:
    with pytest.raises(UsageError, match="unknown target") as caught:
        resolve("opnai:m?api_key=sk-planted0123456789")
    assert "planted" not in str(caught.value)


def test_a_replay_never_loads_the_http_client(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"id": "a", "output": "1"}\n')
    code = (
        "import sys\nfrom pathlib import Path\nfrom steelyard.targets import resolve_target\n"
        f"resolve_target('replay:r.jsonl', folder=Path({str(tmp_path)!r}), environ={{}})\n"
        "print([name for name in ('aiohttp', 'jinja2', 'uvloop') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def strangers_target(spec: TargetSpec) -> Any:
    return spec.rest


def test_strangers_join_by_entry_point(resolve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def offer(*values: str) -> None:
        points = [EntryPoint("mine", value, "steelyard.targets") for value in values]
        monkeypatch.setattr(_registry, "entry_points", lambda *, group: points)

    monkeypatch.setitem(sys.modules, "stranger", sys.modules[__name__])
    offer("stranger:strangers_target")
    assert resolve("mine:thing") == "thing"
    with pytest.raises(UsageError, match="mine:…"):
        resolve("min0:thing")
    offer("stranger:strangers_target", "other:make")
    with pytest.raises(ConfigError, match="two installed packages offer targets of the scheme 'mine'"):
        resolve("mine:thing")
    offer("stranger:nothing_there")
    with pytest.raises(ConfigError, match="the target scheme 'mine' cannot be loaded"):
        resolve("mine:thing")
