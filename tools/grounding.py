"""Fit and measure the calibration of the local groundedness tiers.

Claims that are true of a document in other words come from translators: the WMT 2023 English-German data in
`../shared/data/wmt_mqm` holds each segment in the words of ten systems. A document is one system's
translation of a text; a claim is another system's translation of a sentence in it (three words or more, not
verbatim, in a segment without an error that a rater called major); every second document has eight others
around it. With its segment in the document the claim is supported; with that segment taken out it is
absent, in the hardest way: same text, same subject. Half of the documents fit the logistic maps (weights
not negative, so that more evidence never lowers a probability), the other half measure them. Changed claims
are made from the held-out supported ones: a number changed by one, a negation added or removed.

    python tools/grounding.py            # measure what is shipped
    python tools/grounding.py --write    # fit again and write calibration.json
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import itertools
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from steelyard.metrics.grounding._calibration import EMBEDDED, LEXICAL, calibration
from steelyard.metrics.grounding._claims import Claim
from steelyard.metrics.grounding._document import document
from steelyard.metrics.grounding._evidence import find, wanted
from steelyard.metrics.grounding._reading import UNCERTAIN
from steelyard.metrics.grounding._similarity import Similarity
from steelyard.metrics.grounding._verify import verify
from steelyard.text import sentences, static_embedder

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "wmt_mqm" / "ende2023_3raters.tsv.gz"
TARGET = ROOT / "src" / "steelyard" / "metrics" / "grounding" / "calibration.json"
PAIRS_OF_SYSTEMS = 30
SEGMENTS = 6
OTHER_TEXTS = 8
SEED = 7


@dataclass(frozen=True)
class Pair:
    claim: str
    context: str
    supported: bool
    fitting: bool


def main() -> None:
    pairs = list(read_pairs())
    measured, labels, fitting = measure(pairs)
    print(f"{len(pairs)} claims, {sum(fitting)} to fit, {len(pairs) - sum(fitting)} held out")
    rows: dict[str, object] = {"fit": "1"}
    for tier, names in (("lexical", LEXICAL), ("embedding", EMBEDDED)):
        columns = measured[:, : len(names)]
        weights = fit(columns[fitting], labels[fitting])
        rows[tier] = {
            "measured": list(names),
            "intercept": round(float(weights[0]), 4),
            "weights": [round(float(w), 4) for w in weights[1:]],
        }
        print(tier, rows[tier])
    if "--write" in sys.argv:
        rows["data"] = "WMT 2023 English-German, MQM ratings: see tools/grounding.py"
        TARGET.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
        calibration.cache_clear()
    report(measured[~fitting], labels[~fitting])
    changed([pair for pair in pairs if pair.supported and not pair.fitting])


def read_pairs() -> Iterator[Pair]:
    rng = random.Random(SEED)
    texts: dict[str, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    spoilt: set[tuple[str, str, int]] = set()
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["severity"] == "HOTW-test":
                continue
            key = (row["doc"], int(row["docSegId"]))
            texts[key[0]][key[1]][row["system"]] = re.sub(r"</?v>", "", row["target"])
            if row["severity"] == "Major":
                spoilt.add((row["system"], *key))
    names = sorted(texts)
    for name in names:
        segments = texts[name]
        if len(segments) < 3:
            continue
        fitting = hashlib.sha256(name.encode()).digest()[0] % 2 == 0
        systems = sorted({system for row in segments.values() for system in row})
        others: dict[bool, list[str]] = {False: [], True: []}
        for other in names:
            same_half = (hashlib.sha256(other.encode()).digest()[0] % 2 == 0) == fitting
            others[same_half].append(other)
        for theirs, mine in rng.sample(list(itertools.permutations(systems, 2)), PAIRS_OF_SYSTEMS):
            held = {key: row[theirs] for key, row in segments.items() if theirs in row}
            around = around_it(rng, [texts[other] for other in others[True] if other != name], theirs)
            for number in rng.sample(sorted(segments), min(SEGMENTS, len(segments))):
                said = segments[number].get(mine, "")
                if (mine, name, number) in spoilt or number not in held or not said:
                    continue
                place = rng.choice(sentences(said))
                claim = said[place.start : place.end]
                if len(claim.split()) < 3 or claim in held[number]:
                    continue
                rest = [text for key, text in held.items() if key != number]
                yield Pair(claim, "\n\n".join([*held.values(), *around]), supported=True, fitting=fitting)
                yield Pair(claim, "\n\n".join([*rest, *around]), supported=False, fitting=fitting)


def around_it(rng: random.Random, others: list[dict[int, dict[str, str]]], system: str) -> list[str]:
    """Other texts beside the document, for every second pair: longer contexts hold more words by chance."""
    if rng.random() < 0.5:
        return []
    return [
        row[system]
        for text in rng.sample(others, min(OTHER_TEXTS, len(others)))
        for row in text.values()
        if system in row
    ]


def measure(pairs: list[Pair]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    similarity = Similarity(static_embedder())
    rows = []
    for pair in pairs:
        source, query = document(pair.context), wanted(pair.claim)
        rows.append(
            (
                *find(query, source).measured,
                similarity.nearest(similarity.vectors([query.text])[0], source)[0],
            )
        )
    return (
        np.array(rows),
        np.array([pair.supported for pair in pairs]),
        np.array([pair.fitting for pair in pairs]),
    )


def fit(rows: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: NDArray[np.float64]) -> float:
        margins = signs * (weights[0] + rows @ weights[1:])
        return float(np.logaddexp(0, -margins).mean() + 1e-4 * (weights[1:] ** 2).sum())

    start = np.concatenate([[-2.0], np.ones(rows.shape[1])])
    bounds = [(None, None)] + [(0.0, None)] * rows.shape[1]
    return np.asarray(minimize(loss, start, bounds=bounds, method="L-BFGS-B").x)


def report(rows: NDArray[np.float64], labels: NDArray[np.bool_]) -> None:
    lexical = np.array([calibration("lexical")(row[: len(LEXICAL)]) for row in rows])
    embedded = np.array([calibration("embedding")(row) for row in rows])
    unsure = (lexical > UNCERTAIN[0]) & (lexical < UNCERTAIN[1])
    both = np.where(unsure, embedded, lexical)
    for name, said in (("lexical", lexical), ("embedding", embedded), ("lexical, then embedding", both)):
        print(
            f"{name:>24}: accuracy {np.mean((said >= 0.5) == labels):.3f}, "
            f"of supported found {np.mean(said[labels] >= 0.5):.3f}, "
            f"of absent found {np.mean(said[~labels] < 0.5):.3f}, "
            f"AUROC {roc_auc_score(labels, said):.3f}, Brier {np.mean((said - labels) ** 2):.3f}, "
            f"calibration error {expected_error(said, labels):.3f}, "
            f"unsure {np.mean((said > UNCERTAIN[0]) & (said < UNCERTAIN[1])):.3f}"
        )


def expected_error(said: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    bins = np.minimum((said * 10).astype(int), 9)
    return float(
        sum(
            np.mean(bins == number) * abs(said[bins == number].mean() - labels[bins == number].mean())
            for number in range(10)
            if np.any(bins == number)
        )
    )


def changed(pairs: list[Pair]) -> None:
    """Claims that are true, and made false by one small change: how many are still called supported."""
    similarity = Similarity(static_embedder())
    tallies: dict[str, list[int]] = {"number": [0, 0, 0], "negation": [0, 0, 0]}
    for pair in pairs:
        source = document(pair.context)
        if verify([Claim(pair.claim, 0, 0)], [source], similarity=similarity)[0].verdict != "supported":
            continue
        for kind, text in (("number", other_number(pair.claim)), ("negation", other_sign(pair.claim))):
            if text:
                verdict = verify([Claim(text, 0, 0)], [source], similarity=similarity)[0].verdict
                tallies[kind][("contradicted", "absent", "supported").index(verdict)] += 1
    for kind, (contradicted, absent, supported) in tallies.items():
        total = max(contradicted + absent + supported, 1)
        print(
            f"{kind} changed, {total} claims: contradicted {contradicted / total:.3f}, "
            f"absent {absent / total:.3f}, missed {supported / total:.3f}"
        )


def other_number(claim: str) -> str:
    match = re.search(r"(?<![\w.,-])\d+(?![\w.,-])", claim)
    return (
        "" if match is None else claim[: match.start()] + str(int(match.group()) + 1) + claim[match.end() :]
    )


def other_sign(claim: str) -> str:
    if " nicht " in claim:
        return claim.replace(" nicht ", " ", 1)
    match = re.search(r" (?:ist|sind|war|waren|wird|werden|wurde|wurden|hat|haben) ", claim)
    return "" if match is None else claim[: match.end()] + "nicht " + claim[match.end() :]


if __name__ == "__main__":
    main()
