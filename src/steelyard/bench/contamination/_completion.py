"""The completion test: does a system go on with a case word for word?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from steelyard.bench._texts import asked_text
from steelyard.bench.contamination._scan import excerpt
from steelyard.bench.contamination._twins import TWIN_LINK
from steelyard.core import Case, CaseState, Evidence, Json
from steelyard.stats import wilson
from steelyard.text import words

COMPLETION = "completion"
_PROMPT = (
    "Below is the beginning of a text. Write how it goes on, word for word, as it stands in the original. "
    "Write the continuation only.\n\n"
)
_FEWEST_WORDS = 16
_SUSPICIOUS_RUN = 8
_CONTAMINATED_RUN = 13
_CONTROLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """How far one answer goes on as the case does."""

    case_id: str
    """The original case."""
    longest_run: int
    """The most words in a row that the answer and the rest of the case share."""
    share: float
    """That, as a share of the rest's words."""
    control_run: int
    """The same against the rests of other cases: the longest of up to 20."""
    state: CaseState
    """Suspicious from 8 words in a row or the whole rest, contaminated from 13; never when a control
    does as well."""
    answer: str
    """The answer, cut to 240 characters."""


def completion_cases(cases: Sequence[Case]) -> list[Case]:
    """Cases that ask for the second half of a case's text, given the first.

    Of cases with 16 words and more. `expected` is the rest; metadata names the original, as that of
    perturbed cases does; the group keeps cases of one cluster together.
    """
    found = []
    for case in cases:
        text = asked_text(case).strip()
        if len(words(text)) < _FEWEST_WORDS:
            continue
        middle = _middle(text)
        found.append(
            replace(
                case,
                id=f"{case.id[:500]}:{COMPLETION}",
                input=_PROMPT + text[:middle].rstrip(),
                expected=text[middle:].strip(),
                context=(),
                turns=(),
                scenario=None,
                attachments=(),
                group=case.group or case.id[:256],
                metadata={TWIN_LINK: case.id, "perturbation": COMPLETION, "severity": 1.0},
            )
        )
    return found


def is_completion(case: Case) -> bool:
    """Whether a case was made by `completion_cases`."""
    return case.metadata.get("perturbation") == COMPLETION and isinstance(case.expected, str)


def judge_completions(
    cases: Sequence[Case], answers: Mapping[str, str], *, seed: int = 0
) -> list[Completion]:
    """Compare each answer with the rest of its case, and with the rests of others as the measure of chance.

    `answers` is id of a completion case to answer. Controls are drawn without replacement from cases of
    other groups. Source of the idea: Carlini et al. 2021, "Extracting training data from large language
    models"; the control is what tells memory from a text that any writer would go on with.
    """
    asked = [case for case in cases if is_completion(case) and case.id in answers]
    rests = [_terms(str(case.expected)) for case in asked]
    rng = np.random.default_rng(seed)
    found = []
    for number, case in enumerate(asked):
        said = _terms(answers[case.id])[: 4 * len(rests[number]) + 64]
        draws = rng.permutation(len(asked))[: 2 * _CONTROLS].tolist() if said else []
        others = [other for other in draws if asked[other].cluster != case.cluster][:_CONTROLS]
        run = longest_common_run(said, rests[number])
        control = max((longest_common_run(said, rests[other]) for other in others), default=0)
        found.append(
            Completion(
                case_id=str(case.metadata[TWIN_LINK]),
                longest_run=run,
                share=run / max(len(rests[number]), 1),
                control_run=control,
                state=_state(run, control, whole=len(rests[number])),
                answer=excerpt(answers[case.id][:4_000]),
            )
        )
    return found


def completion_evidence(
    completions: Sequence[Completion], *, run: str
) -> dict[str, tuple[CaseState, Evidence]]:
    """Evidence by original case, of the answers that go on as the case does."""
    return {
        item.case_id: (
            item.state,
            Evidence(
                kind="completion",
                file=run,
                excerpt=item.answer,
                share=item.share,
                longest_run=item.longest_run,
            ),
        )
        for item in completions
        if item.state in ("suspicious", "contaminated")
    }


def completion_summary(completions: Sequence[Completion]) -> dict[str, Json]:
    """Sums for the report: cases, hits, and how often the control reaches the same, with its interval."""
    total = len(completions)
    hits = sum(item.longest_run >= _SUSPICIOUS_RUN for item in completions)
    controls = sum(item.control_run >= _SUSPICIOUS_RUN for item in completions)
    return {
        "cases": total,
        "threshold_words": _SUSPICIOUS_RUN,
        "reached": hits,
        "reached_interval": _interval(hits, total),
        "control_reached": controls,
        "control_interval": _interval(controls, total),
    }


def _interval(count: int, total: int) -> list[Json] | None:
    found = wilson(count, total).interval if total else None
    return list(found) if found else None


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """The most words in a row that two texts share."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(second):
        places.setdefault(word, []).append(place)
    longest, before = 0, dict[int, int]()
    for word in first:
        here = {place: before.get(place - 1, 0) + 1 for place in places.get(word, ())}
        longest = max(longest, *here.values()) if here else longest
        before = here
    return longest


def _state(run: int, control: int, *, whole: int) -> CaseState:
    if run <= control:
        return "clean"
    if run >= _CONTAMINATED_RUN:
        return "contaminated"
    return "suspicious" if run >= min(_SUSPICIOUS_RUN, whole) else "clean"


def _terms(text: str) -> list[str]:
    return words(text[:20_000].casefold())


def _middle(text: str) -> int:
    """The white space nearest to the middle, or the middle where there is none near."""
    half, quarter = len(text) // 2, len(text) // 4
    spaces = [at for at in range(half - quarter, half + quarter) if text[at].isspace()]
    return min(spaces, key=lambda at: abs(at - half), default=half)
