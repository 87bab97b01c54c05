"""Measure how many answers a second the local groundedness tiers check, on English news.

Documents and answers are made of the English sources of the WMT 2023 texts in `../shared/data/wmt_mqm`: three
documents of .7 kB, and an answer of 2 kB of which a third are sentences of these documents, a third such
sentences with a word left out, added or moved, and a third come from other texts. Printed are the best and
the middle pass in processor time, for new documents and for those seen before, beside what a fixed loop of
Python takes at that time: a busy machine slows both.

    python tools/perf_grounding.py
"""

from __future__ import annotations

import csv
import gzip
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from steelyard.core import Case, Output
from steelyard.metrics import Metric, make_metric, score_output
from steelyard.metrics.grounding._check import shared_similarity
from steelyard.metrics.grounding._document import document
from steelyard.text import embeddings_installed, sentences

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "wmt_mqm" / "ende2023_3raters.tsv.gz"
ANSWERS = 150
DOCUMENT = 700
ANSWER = 2_000
PASSES = 12
SEED = 5


def main() -> None:
    if not DATA.is_file():
        sys.exit(f"{DATA} is not here")
    samples = made_of(read_sentences(), random.Random(SEED))
    tiers = {"words only": "groundedness:embeddings=off"}
    if embeddings_installed():
        tiers["with embeddings"] = "groundedness"
    for tier, name in tiers.items():
        metric = make_metric(name)
        for seen in (False, True):
            what = "documents seen before" if seen else "new documents"
            print(f"{tier}, {what}: {rates(metric, samples, seen=seen)}")


def read_sentences() -> list[str]:
    """The sentences of the sources, in their order."""
    texts: dict[tuple[str, int], str] = {}
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            texts.setdefault((row["doc"], int(row["docSegId"])), row["source"])
    return [texts[key][place.start : place.end] for key in sorted(texts) for place in sentences(texts[key])]


def made_of(said: list[str], rng: random.Random) -> list[tuple[Case, Output]]:
    samples = []
    for number in range(ANSWERS):
        documents = []
        for _ in range(3):
            begin = rng.randrange(len(said) - 40)
            end = begin + 1
            while sum(map(len, said[begin:end])) < DOCUMENT:
                end += 1
            documents.append(said[begin:end])
        known = [sentence for document in documents for sentence in document]
        answer: list[str] = []
        while sum(map(len, answer)) < ANSWER:
            kind = rng.randrange(3)
            picked = rng.choice(known if kind < 2 else said)
            answer.append(changed(picked, rng) if kind == 1 else picked)
        case = Case(id=str(number), input="q", context=tuple(map(" ".join, documents)))
        samples.append((case, Output(value=" ".join(answer))))
    return samples


def changed(sentence: str, rng: random.Random) -> str:
    """The sentence with one word left out, added, or moved."""
    words = sentence.split()
    if len(words) < 6:
        return sentence
    place = rng.randrange(1, len(words) - 2)
    kind = rng.randrange(3)
    if kind == 0:
        del words[place]
    elif kind == 1:
        words.insert(place, rng.choice(("not", "about", "nearly", "London", "7", "three", "2019")))
    else:
        words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def rates(metric: Metric, samples: list[tuple[Case, Output]], *, seen: bool) -> str:
    def score() -> None:
        for case, output in samples:
            score_output(metric, case, output)

    score()
    found, loops = [], []
    for _ in range(PASSES):
        if not seen:
            document.cache_clear()
            shared_similarity.cache_clear()
            shared_similarity()
        loops.append(processor(lambda: sum(range(1_000_000))))
        found.append(len(samples) / processor(score))
    best, middle = min(loops) * 1000, statistics.median(loops) * 1000
    return (
        f"best {max(found):,.0f}, middle {statistics.median(found):,.0f} answers a second of processor; "
        f"sum(range(1_000_000)) {best:.0f} ms at best, {middle:.0f} in the middle"
    )


def processor(work: Callable[[], object]) -> float:
    """Seconds of processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
