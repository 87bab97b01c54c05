"""Generated corpora in which known questions stand, for tests and measurements."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

GSM8K = Path(__file__).resolve().parents[3] / "../shared/data/gsm8k/test.jsonl"

KINDS = ("verbatim", "re-spaced", "one word changed")
_GAPS = ("  ", "\n", "\t", "\u00a0", " \u200b", "\r\n", "   \n ", "\u2003")
_PHRASES = (
    "How many are left?", "How much money does she have left?", "How many does he have in total?",
    "If each one costs $5, how much did they spend altogether?", "He buys 3 times as many as his sister.",
    "She works 8 hours a day, 5 days a week.", "What is the total cost?", "The price went up by 20%.",
    "How much did he make in total?", "half as many as", "How many hours did it take?", "twice as much as",
    "How many apples does she have now?", "Each box holds 12 pieces.", "What is the average per day?",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Which question was planted, and how."""

    question: int
    """Index of the question."""
    kind: str
    """One of KINDS."""


def gsm8k_questions() -> list[str]:
    """The questions of the benchmark, which must be there."""
    with GSM8K.open(encoding="utf-8") as file:
        return [json.loads(line)["question"] for line in file]


def write_corpus(
    path: Path, questions: Sequence[str], *, size: int, planted: int, rng: np.random.Generator
) -> list[Planted]:
    """Write about `size` bytes of text that sounds like the questions, with some of them in it.

    Sentences are walks from word to word as often as these follow each other in the questions, with fresh
    numbers, and phrases that word problems are made of: a hard corpus, full of short agreement.
    """
    pool = list(_sentences(questions, 40_000, rng))
    lengths = np.array([len(sentence) + 1 for sentence in pool])
    chosen = rng.choice(len(questions), planted, replace=False)
    plan = [
        Planted(question=int(index), kind=KINDS[at % len(KINDS)]) for at, index in enumerate(chosen.tolist())
    ]
    words = sorted({word for question in questions for word in question.split() if word.isalpha()})
    with path.open("w", encoding="utf-8", newline="") as file:
        for item in plan:
            left = size // planted
            while left > 0:
                picked = rng.integers(0, len(pool), max(min(20_000, int(left / lengths.mean())), 1))
                marks = rng.choice(np.array([" ", " ", " ", "\n", "\n\n"]), len(picked)).tolist()
                text = "".join(
                    pool[number] + mark for number, mark in zip(picked.tolist(), marks, strict=True)
                )
                file.write(text)
                left -= len(text)
            file.write(disguised(questions[item.question], item.kind, words=words, rng=rng) + " ")
    return plan


def disguised(question: str, kind: str, *, words: Sequence[str], rng: np.random.Generator) -> str:
    """The question as it is, with odd spacing, or with one word put in the place of another."""
    if kind == "verbatim":
        return question
    parts = question.split()
    if kind == "re-spaced":
        return "".join(part + _GAPS[int(rng.integers(len(_GAPS)))] for part in parts)
    parts[int(rng.integers(len(parts)))] = words[int(rng.integers(len(words)))]
    return " ".join(parts)


def _sentences(questions: Sequence[str], count: int, rng: np.random.Generator) -> Iterator[str]:
    followers: dict[str, list[str]] = {}
    for question in questions:
        parts = ["", *question.split()]
        for before, after in itertools.pairwise(parts):
            followers.setdefault(before, []).append(after)
    for draws in rng.random((count, 24)):
        if draws[0] < 0.25:
            yield _PHRASES[int(draws[1] * len(_PHRASES))]
            continue
        word, said = "", []
        for draw in draws[1:].tolist():
            choices = followers.get(word) or followers[""]
            word = choices[int(draw * len(choices))]
            said.append(str(int(draw * 1000)) if word.isdigit() else word)
            if word.endswith((".", "?")):
                break
        yield " ".join(said)
