"""Perturbations that add what has nothing to do with the question."""

from __future__ import annotations

import regex

from steelyard.core import UsageError
from steelyard.runs.perturbation._dose import Dose
from steelyard.runs.perturbation._perturbation import perturbation

_BOUNDARY = regex.compile(r"(?<=[.!?。！？])(?:\s+|(?<=[。！？]))(?=\S)")
NEUTRAL = (
    "The weather has been mild this week.",
    "The library on the corner closes early on Sundays.",
    "A neighbour is repainting the garden fence.",
    "The train station was renovated a while ago.",
    "Many people enjoy a walk along the river.",
    "The bakery sells fresh bread every morning.",
    "A cat is sleeping on the windowsill.",
    "The museum has a new exhibition about ships.",
    "The street lamps were replaced last winter.",
    "Somebody left an umbrella in the hallway.",
    "The choir meets in the old town hall.",
    "The coffee machine is being descaled.",
)
NEUTRAL_DOCUMENTS = (
    "Sourdough bread is leavened by wild yeast. The starter is fed with flour and kept in a cool place.",
    "The lighthouse stands on a low cliff. Its lamp was automated, and the house is now a museum.",
    "Beeches are trees with smooth grey bark. Their leaves turn copper in autumn.",
    "A sextant measures the angle between two objects. Navigators took the height of the sun with it.",
)


def split_sentences(text: str) -> list[str]:
    """Sentences by their closing marks, none lost: joining them with blanks keeps all words."""
    return [part for part in _BOUNDARY.split(text) if part.strip()]


@perturbation("distractors")
def distractors(text: str, dose: Dose, *, source: str = "neutral", where: str = "anywhere") -> str:
    """Sentences about something else: `severity` is how many, as a share of the text's own sentences.

    `source=cases` takes them from other cases' context documents; `where` is anywhere, start or end.
    Source of the kind: Jia and Liang 2017, "Adversarial examples for evaluating reading comprehension
    systems"; Shi et al. 2023, "Large language models can be easily distracted by irrelevant context".
    """
    if source not in ("neutral", "cases") or where not in ("anywhere", "start", "end"):
        raise UsageError(
            f"no source '{source[:40]}' or place '{where[:40]}'",
            where="distractors",
            hint="Write source=neutral or cases; where=anywhere, start or end",
        )
    starts = [0, *(found.end() for found in _BOUNDARY.finditer(text))]
    rng = dose.rng()
    known = dose.foreign(dose.material.sentences) if source == "cases" else list(NEUTRAL)
    rng.shuffle(known)
    # Before the last sentence at the latest: what follows the question reads as another question's beginning.
    places = {"start": [0], "end": [len(text)]}.get(where, starts)
    placed = [(rng.choice(places), sentence) for sentence in known[: dose.count(len(starts))]]
    for at, sentence in sorted(placed, key=lambda each: -each[0]):
        text = f"{text.rstrip()} {sentence}" if at >= len(text) else f"{text[:at]}{sentence} {text[at:]}"
    return text
