"""Logs made on the spot by Inspect itself, with its mock model."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bench.importers.peer_tools import python_tool, run_tool

from steelyard.bench import Imported, detect_format, read_cases

pytestmark = pytest.mark.peers

# The mock model counts tokens with a vocabulary that is fetched from the net; words do as well.
SCRIPT = '''
import sys
import tiktoken


class Words:
    def encode(self, text, **_):
        return text.split()


tiktoken.get_encoding = lambda name: Words()

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageUser, ContentImage, ContentText, ModelOutput, get_model
from inspect_ai.scorer import Score, choice, match, mean, scorer
from inspect_ai.solver import generate, multiple_choice, use_tools
from inspect_ai.tool import tool


@tool
def add():
    async def execute(x: int, y: int):
        """Add.

        Args:
            x: one
            y: two
        """
        return str(x + y)

    return execute


@scorer(metrics=[mean()])
def sometimes():
    async def score(state, target):
        return Score(value=float("nan") if state.sample_id == "picture" else 0.25, explanation="Huế")

    return score


picture = ContentImage(image="data:image/png;base64,iVBORw0KGgo=")
sums = Task(
    name="sums",
    dataset=[
        Sample(id="sum", input="1+1? " + "Think well. " * 20, target="2", metadata={"kind": "text"}),
        Sample(
            id="picture",
            input=[ChatMessageUser(content=[ContentText(text="see"), picture])],
            target=["3", "three"],
            metadata={"kind": "image"},
        ),
    ],
    solver=[use_tools(add()), generate()],
    scorer=[match(), sometimes()],
    epochs=2,
)
capitals = Task(
    name="capitals",
    dataset=[Sample(input="Capital of France?", choices=["Lyon", "Paris"], target="B")],
    solver=multiple_choice(),
    scorer=choice(),
)


def model():
    call = ModelOutput.for_tool_call("mockllm/model", "add", {"x": 1, "y": 1})
    outputs = [call, ModelOutput.from_content("mockllm/model", "2")] * 4
    return get_model("mockllm/model", custom_outputs=outputs)


folder = sys.argv[1]
for form in ("eval", "json"):
    options = {"log_format": form, "display": "none", "max_samples": 1}
    eval(sums, model=model(), log_dir=f"{folder}/{form}", **options)
    eval(capitals, model="mockllm/model", log_dir=f"{folder}/{form}", **options)
try:
    from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked
except ImportError:
    pass
else:
    convert_eval_logs_to_chunked(
        f"{folder}/eval", f"{folder}/chunked", chunk_size=3, attachments_chunk_bytes=100
    )
'''


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    python = python_tool("inspect-ai")
    folder = tmp_path_factory.mktemp("inspect")
    script = folder / "make_logs.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = run_tool([python, script, folder], folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def _read(folder: Path, name: str) -> Imported:
    (path,) = folder.glob(f"*{name}*")
    assert detect_format(path) == "inspect"
    return read_cases(path)


@pytest.mark.parametrize("form", ["eval", "json", "chunked"])
def test_a_log_with_tools_pictures_epochs_and_an_unscored_sample(logs: Path, form: str) -> None:
    if not (logs / form).is_dir():
        pytest.skip(f"this version of inspect-ai does not write {form} samples")
    imported = _read(logs / form, "sums")
    (run,) = imported.runs
    text, picture = imported.cases
    assert (run.label, run.epochs, len(run.outputs)) == ("mockllm/model", 2, 4)
    assert (text.id, text.expected, text.metadata) == ("sum", "2", {"kind": "text"})
    assert str(text.input).startswith("1+1? Think well.")
    assert picture.expected == ["3", "three"]
    assert isinstance(picture.input, list)
    assert picture.input[0]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="},
    }
    assert run.outputs["sum", 1].scores == {"match": 1.0, "sometimes": 0.25}
    assert run.outputs["picture", 2].scores == {"match": 0.0}
    for output in run.outputs.values():
        assert output.text == "2"
        assert [(span.name, span.input, span.output) for span in output.trace if span.kind == "tool"] == [
            ("add", {"x": 1, "y": 1}, "2")
        ]
        assert output.usage.output_tokens
        assert output.latency_s is not None
    assert imported.metrics == ("recorded:match", "exact_match"), (
        "what only some answers have is asked for by name"
    )
    assert "samples left unscored by 'sometimes', which count as missing: 2" in imported.notes


def test_choices_are_kept_and_can_be_scored_again(logs: Path) -> None:
    imported = _read(logs / "eval", "capitals")
    (case,) = imported.cases
    assert case.input == {"question": "Capital of France?", "choices": ["Lyon", "Paris"]}
    assert imported.metrics == ("recorded:choice", "choice")


def test_every_form_holds_the_same(logs: Path) -> None:
    forms = [logs / form for form in ("eval", "json", "chunked") if (logs / form).is_dir()]
    hashes = {tuple(case.content_hash for case in _read(form, "sums").cases) for form in forms}
    assert len(forms) >= 2
    assert len(hashes) == 1
