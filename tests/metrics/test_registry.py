from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STRANGER = '''
from dataclasses import dataclass
from typing import ClassVar
from steelyard.core import MetricSpec, Scored
from steelyard.metrics import BaseMetric, metric

@dataclass(frozen=True, kw_only=True)
class Shout(BaseMetric):
    """Whether the answer shouts."""
    traits: ClassVar[MetricSpec] = MetricSpec(name="shout", version="1", scale="binary")
    marks: int = 1
    def score(self, case, output):
        return Scored(value=float(output.text.count("!") >= self.marks))

@metric
def whisper(case, output) -> bool:
    return output.text.islower()

plain = object()
'''

RUN = """
from steelyard.core import Case, Output
from steelyard.metrics import make_metric, metric_names, rebuild, score_output, spec_from_json
for text in {texts!r}:
    try:
        metric = make_metric(text)
        score = score_output(metric, Case(id="1", input="q"), Output(value="no!"))
        again = rebuild(spec_from_json(metric.spec.as_json()))
        print(metric.spec.key, score.value, again.spec == metric.spec)
    except Exception as error:
        print(type(error).__name__, error)
"""


def _offer(folder: Path, points: str, *texts: str) -> list[str]:
    """Use the metrics that a package offers, installed by standing on a new interpreter's path."""
    info = folder / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[steelyard.metrics]\n{points}\n", encoding="utf-8")
    (folder / "stranger.py").write_text(STRANGER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(texts=texts)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join([str(folder), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.stdout.splitlines()


def test_a_strangers_metrics_come_in_by_the_same_door(tmp_path: Path) -> None:
    lines = _offer(
        tmp_path, "shout = stranger:Shout\nwhisper = stranger:whisper", "shout:marks=2", "whisper", "shoot"
    )
    assert lines[0] == "shout:marks=2 0.0 True"
    assert lines[1] == "whisper 1.0 True"
    assert lines[2].startswith("UsageError no metric 'shoot'. Did you mean shout?")


def test_a_name_twice_refuses_to_start(tmp_path: Path) -> None:
    (line,) = _offer(tmp_path, "exact_match = stranger:Shout", "contains")
    assert line.startswith(
        "ConfigError steelyard.metrics._exact_match:ExactMatch and stranger:Shout: two metrics are"
    )


def test_what_is_no_metric_is_refused_when_used(tmp_path: Path) -> None:
    lines = _offer(
        tmp_path, "plain = stranger:plain\ngone = nowhere:X\nloud = stranger:Shout", "plain", "gone", "loud"
    )
    assert "'plain' is neither a metric class nor a decorated function" in lines[0]
    assert "the metric 'gone' cannot be loaded" in lines[1]
    assert "the metric offered as 'loud' calls itself 'shout'" in lines[2]
