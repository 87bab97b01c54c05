"""How one rule's outcome is said to people: what was seen, what chance allows, what was asked, so what."""

from __future__ import annotations

from steelyard.core import Difference, Direction, Estimate, RuleKind, RuleResult
from steelyard.reports._bound_words import bound_sentences
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import count, counted, number, say_limit
from steelyard.reports._phrases import (
    drop_noun,
    fewer_noun,
    more_noun,
    sample_words,
    slice_words,
)
from steelyard.reports._scale import Scale, change_scale, signed_limit

_CHANGED = {
    "s": ("took {size} longer ({name})", "was {size} faster ({name})"),
    "USD": ("cost {size} more ({name})", "cost {size} less ({name})"),
    "tokens": ("used {size} more ({name})", "used {size} fewer ({name})"),
    "characters": ("was {size} longer ({name})", "was {size} shorter ({name})"),
}
_UNHELD = ("judge-not-held", "calibration-expired", "judge-not-corrected")
_CONCLUSIONS = {
    "within-allowed-drop": "Any {drop} is likely smaller than you allow.",
    "beyond-allowed-drop": "The {drop} is likely larger than you allow.",
    "better": "It is better: chance alone would hardly show this.",
    "meets-bound": "That is likely on the right side of your limit.",
    "misses-bound": "That is likely on the wrong side of your limit.",
    "bound-not-settled": "Chance could still put it on either side of your limit.",
}


def name_rule(
    metric: str,
    kind: RuleKind,
    *,
    margin: float | None,
    measure: str = "share",
    direction: Direction = "higher",
    at_most: bool = False,
    slice_name: str = "",
) -> str:
    """A rule in words, such as `numeric_match may drop by at most 2 points`; `at_most` is for bounds."""
    where = f" (only {slice_name})" if slice_name else ""
    if kind == "bound":
        limit = "no limit" if margin is None else say_limit(margin, measure, change=False)
        return f"{metric} must be {'at most' if at_most else 'at least'} {limit}{where}"
    if kind == "better":
        by = f" by more than {say_limit(margin, measure)}" if margin else ""
        return f"{metric} must get better{by}{where}"
    verb = "rise" if direction == "lower" else "drop"
    if not margin:
        return f"{metric} may not {verb}{where}"
    return f"{metric} may {verb} by at most {say_limit(margin, measure)}{where}"


def explain_rule(result: RuleResult) -> str:
    """Two to six plain sentences on one rule; its `reason` is the stable word that chooses them."""
    return " ".join(rule_sentences(result))


def rule_sentences(result: RuleResult, *, old: Estimate | None = None) -> tuple[str, ...]:
    """The sentences of `explain_rule`, one by one; `old` is the old version's value, for bound rules."""
    evidence = result.evidence
    if evidence is None or result.reason == "nothing-to-compare":
        return (_nothing(result, evidence),)
    if isinstance(evidence, Estimate):
        body = bound_sentences(result, evidence, old=old)
    elif result.reason == "unchanged":
        return (_unchanged(evidence),)
    else:
        scale = rule_scale(result, evidence)
        luck = result.reason == "no-difference-seen"
        body = (
            seen(evidence, scale, luck=luck),
            _allowing(result, evidence, scale),
            _asked(result, evidence),
        )
    closing = _obstacle(result, evidence) or (*_conclusions(result), *_aside(result, evidence))
    return tuple(sentence for sentence in (*body, *closing) if sentence)


def rule_scale(result: RuleResult, evidence: Difference) -> Scale:
    """How a rule's figures are written: fine enough to tell its limits from what was asked."""
    limit = signed_limit(result.kind, evidence.direction, result.margin)
    return change_scale([evidence], marks=() if limit is None else (limit,))


def seen(evidence: Difference, scale: Scale, *, luck: bool = False) -> str:
    """What was observed, before any allowance for chance; `luck` says that it may be nothing else."""
    where = f" in {slice_words(evidence.slice)}" if evidence.slice else ""
    name = one_line(evidence.name)
    found = sample_words(evidence)
    value = evidence.difference
    if value is None:
        return f"Nothing could be measured on {name}{where}, over {found}."
    if value == 0 or round(value * scale.unit.factor, scale.digits) == 0:
        level = scale.value(evidence.candidate.value)
        same = "exactly the same" if value == 0 else "practically the same"
        return f"Both versions came out {same} ({level}) on {name}{where}, over {found}."
    default = ("scored {size} higher on {name}", "scored {size} lower on {name}")
    more, less = _CHANGED.get(evidence.measure, default)
    said = (more if value > 0 else less).format(size=scale.size(value), name=name)
    if luck:
        return f"The new version {said}{where}, but with {found} that could be luck."
    return f"The new version {said}{where}, over {found}."


def _allowing(result: RuleResult, evidence: Difference, scale: Scale) -> str:
    """The interval in words, its ends in the order in which tables print them, where it holds zero."""
    if result.interval is None:
        return evidence.note and f"{one_line(evidence.note).rstrip('.')}."
    low, high = result.interval
    less, more = fewer_noun(evidence.direction), more_noun(evidence.direction)
    if high < 0:
        return f"Allowing for chance, the real {less} is likely {_span(-high, -low, scale)}."
    if low > 0:
        return f"Allowing for chance, the real {more} is likely {_span(low, high, scale)}."
    start = f"a {less} of {scale.size(low, unit=False)}" if low < 0 else "no change"
    end = f"a {more} of {scale.size(high, unit=False)}" if high > 0 else "no change"
    return f"Allowing for chance, the truth is likely between {start} and {end}."


def _span(near: float, far: float, scale: Scale) -> str:
    """`1.5 to 7.1`, `0.10 to 0.40 s`, `$0.01 to $0.04`."""
    first = scale.unit.prefix + number(near * scale.unit.factor, scale.digits)
    return f"{first} to {scale.size(far, unit=False)}"


def _asked(result: RuleResult, evidence: Difference) -> str:
    if result.kind == "better":
        if not result.margin:
            return "You ask for an improvement."
        return f"You ask for an improvement of more than {say_limit(result.margin, evidence.measure)}."
    noun = drop_noun(evidence.direction)
    if not result.margin:
        return f"You allow no {noun}."
    limit = say_limit(result.margin, evidence.measure, unit=False)
    clearly_worse = _wholly_worse(result, evidence.direction)
    return f"You allow {limit}." if clearly_worse else f"You allow a {noun} of {limit}."


def _obstacle(result: RuleResult, evidence: Difference | Estimate) -> tuple[str, ...]:
    """Why evidence that exists may not decide; empty when it may."""
    if result.reason in _UNHELD and evidence.judge is not None:
        reason = one_line(evidence.judge.reason).rstrip(".")
        return (f"This figure is the judge's alone, and decides nothing: {reason}.",)
    if result.reason == "too-few-units":
        units = evidence.n_clusters if isinstance(evidence, Difference) else evidence.n_units or evidence.n
        few = counted(units, f"independent {one_line(evidence.unit)}")
        start = f"These cases come from only {few}, too few to judge chance by"
        return (f"{start}: the figure is shown, not decided on.",)
    if result.reason == "no-variation":
        n = evidence.n_pairs if isinstance(evidence, Difference) else evidence.n
        equal = f"No variation among {counted(n, 'case')}: the interval cannot be computed from spread"
        return (f"{equal}, and the metric states no range of scores from which it could be.",)
    if result.reason == "too-many-missing":
        return (f"{_without_score(evidence)}: more than your gate accepts, so nothing is decided.",)
    if result.reason == "missing-decides":
        split = "the answer differs between all of them going well and all going badly"
        return (f"{_without_score(evidence)}, and those decide: {split}.",)
    return ()


def _without_score(evidence: Difference | Estimate) -> str:
    present = evidence.n_pairs if isinstance(evidence, Difference) else evidence.n
    total = present + evidence.missing
    return (
        f"{count(evidence.missing)} of {counted(total, 'case')} got no score, because scoring itself failed"
    )


def _conclusions(result: RuleResult) -> tuple[str, ...]:
    evidence = result.evidence
    if not isinstance(evidence, Difference):
        return (_closing(result, "higher"),)
    if result.verdict == "INCONCLUSIVE":
        return (_open_conclusion(result, evidence.direction),)
    return (_closing(result, evidence.direction), _even_then(result, evidence))


def _closing(result: RuleResult, direction: Direction) -> str:
    if result.reason == "within-allowed-drop" and _wholly_worse(result, direction):
        return f"It is likely worse, but the {drop_noun(direction)} is likely smaller than you allow."
    if result.reason == "not-better":
        wanted = "there likely is none that large" if result.margin else "there likely is none"
        return f"Your rule asks for an improvement, and {wanted}."
    template = _CONCLUSIONS.get(result.reason)
    if template is None:
        return f"{one_line(result.reason).capitalize()}."
    return template.format(drop=drop_noun(direction))


def _even_then(result: RuleResult, evidence: Difference) -> str:
    """The end of the interval that speaks against the verdict, and that it does not turn it."""
    if result.interval is None or not result.margin:
        return ""
    worst, best = (
        result.interval if evidence.direction != "lower" else (result.interval[1], result.interval[0])
    )
    scale = rule_scale(result, evidence)
    limit = say_limit(result.margin, evidence.measure, unit=False)
    worse = worst > 0 if evidence.direction == "lower" else worst < 0
    if result.reason == "within-allowed-drop" and worse:
        drop = f"a {drop_noun(evidence.direction)} of {scale.size(worst, unit=False)}"
        return f"Even in the bad case ({drop}) it stays within your {limit}."
    if result.reason == "beyond-allowed-drop":
        return f"Even in the good case ({scale.size(best, unit=False)}) it is more than your {limit}."
    return ""


def _wholly_worse(result: RuleResult, direction: Direction) -> bool:
    if result.interval is None:
        return False
    return result.interval[0] > 0 if direction == "lower" else result.interval[1] < 0


def _open_conclusion(result: RuleResult, direction: Direction) -> str:
    """Why the data do not settle a rule on a difference yet."""
    low, high = result.interval or (0.0, 0.0)
    if direction == "lower":
        low, high = -high, -low
    if result.kind == "better":
        if low > 0:
            return "It is better; we cannot yet say better by as much as you ask."
        looks = {"better": "It looks better", "worse": "It looks worse"}
        if result.lean not in looks:
            return "That does not yet show an improvement."
        return f"{looks[result.lean]}, but chance alone could still explain that."
    drop = drop_noun(direction)
    if high < 0:
        return "It is worse; we cannot yet say worse than you allow."
    if not result.margin and result.lean == "worse":
        return "It looks worse, but chance alone could still explain that."
    not_yet = f"these cases cannot yet rule out a {drop} larger than you allow"
    starts = {
        "better": f"It looks better, but {not_yet}.",
        "worse": "It looks worse, but these cases cannot yet tell if by more than you allow.",
        "none": f"{not_yet.capitalize()}.",
    }
    return starts[result.lean]


def _aside(result: RuleResult, evidence: Difference | Estimate) -> tuple[str, ...]:
    if not evidence.missing:
        return ()
    gone = counted(evidence.missing, "case")
    checked = evidence.bounds if isinstance(evidence, Estimate) else evidence.worst_interval
    if result.verdict == "PASS" and checked is not None:
        return (f"{gone} got no score; your rule holds even if all of them had gone badly.",)
    return (f"{gone} got no score and could not be counted.",)


def _unchanged(evidence: Difference) -> str:
    if evidence.n_pairs == 1:
        return "The one answer is identical to the baseline's: nothing changed."
    return f"All {sample_words(evidence)} got answers identical to the baseline's: nothing changed."


def _nothing(result: RuleResult, evidence: Difference | Estimate | None) -> str:
    where = f" in {slice_words(result.slice)}" if result.slice else ""
    metric = f"{one_line(result.metric)}{where}"
    if isinstance(evidence, Estimate):
        return f"The new version has too few cases with a score on {metric} to decide anything."
    if evidence is not None and evidence.n_pairs:
        found = sample_words(evidence)
        return f"The two runs share only {found} with a score on {metric}: too few to judge chance by."
    return f"The two runs share no case with a score on {metric}, so there is nothing to compare."
