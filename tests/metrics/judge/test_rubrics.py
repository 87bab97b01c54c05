from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.core import ConfigError, NotFoundError
from steelyard.metrics.judge import SHIPPED, load_rubric, shipped_rubric


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_rubrics_say_what_each_point_means(name: str) -> None:
    rubric = shipped_rubric(name)
    assert rubric.name == name
    assert rubric.guideline
    for criterion in rubric.criteria:
        assert 3 <= len(criterion.anchors) <= 5
        assert all(len(anchor.meaning) > 25 for anchor in criterion.anchors)


def test_a_rubric_of_ones_own(tmp_path: Path) -> None:
    text = (
        "name: mine\ncriteria:\n  - {name: a, question: 'Is it?', anchors: {0: no it is not, 1: yes it is}}\n"
    )
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    rubric = load_rubric("mine.yaml", folder=tmp_path)
    assert rubric.criteria[0].binary
    assert rubric.hash == load_rubric("mine.yaml", folder=tmp_path).hash


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("- 1", "is no rubric"),
        ("name: x\ncriteria: []", "a rubric needs a list of criteria"),
        ("name: &a x\ncriteria: *a", "holds a YAML alias"),
        ("name: !!python/object/apply:os.system [ls]", "is not YAML"),
    ],
)
def test_a_broken_rubric_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_rubric("bad.yaml", folder=tmp_path)


def test_a_rubric_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Shipped: completeness, correctness, helpfulness, safety"):
        load_rubric("nope", folder=tmp_path)
