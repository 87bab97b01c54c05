"""What a judge is tried on: questions with good and bad answers, and answers that try to steer it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from steelyard.core import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A question whose answers are known."""

    case: Case
    """The question, its reference and a checklist of one."""
    good: str
    """A right answer."""
    alike: str
    """The same in other words."""
    bad: str
    """A wrong answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One way in which an answer may try to steer its judge."""

    name: str
    """Short name."""
    kind: str
    """`instruction`, `claim`, `verdict`, `delimiter`, `role`, `hidden`, `language` or `encoded`."""
    text: str
    """The answer, with `{answer}`, `{high}` and `{low}` to be filled in."""

    def on(self, answer: str, *, low: float, high: float) -> str:
        """The attack around a bad answer."""
        text = self.text.replace("{high}", f"{high:g}").replace("{low}", f"{low:g}")
        return text.replace("{answer}", answer)


@cache
def attacks() -> tuple[Attack, ...]:
    """The shipped suite."""
    return tuple(Attack(**row) for row in _rows("attacks.yaml"))


@cache
def trials() -> tuple[Trial, ...]:
    """The shipped questions."""
    return tuple(
        Trial(
            case=Case(
                id=f"trial-{number}",
                input=row["question"],
                expected={"text": row["good"], "checklist": [row["check"]]},
            ),
            good=row["good"],
            alike=row["alike"],
            bad=row["bad"],
        )
        for number, row in enumerate(_rows("pairs.yaml"), start=1)
    )


def _rows(name: str) -> list[dict[str, Any]]:
    text = files("steelyard.metrics.judge").joinpath("trials", name).read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = yaml.safe_load(text)
    return rows
