"""How one rule's outcome is said to people: what was seen, what chance allows, what was asked, so what."""

from __future__ import annotations

from steelyard.core import Difference, Direction, Estimate, Interval, RuleKind, RuleResult
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import (
    count,
    counted,
    digits_for,
    number,
    say_interval,
    say_limit,
    say_size,
    say_value,
    unit_of,
)

_CHANGED = {
    "s": ("took {size} longer ({name})", "was {size} faster ({name})"),
    "USD": ("cost {size} more ({name})", "cost {size} less ({name})"),
    "tokens": ("used {size} more ({name})", "used {size} fewer ({name})"),
    "characters": ("was {size} longer ({name})", "was {size} shorter ({name})"),
}
_CONCLUSIONS = {
    "within-allowed-drop": "Any {drop} is likely smaller than you allow.",
    "beyond-allowed-drop": "The {drop} is likely larger than you allow.",
    "better": "It is better: chance alone would hardly show this.",
    "not-better": "Your rule asks for an improvement, and there likely is none.",
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
    """Two to five plain sentences on one rule; its `reason` is the stable word that chooses them."""
    return " ".join(rule_sentences(result))


def rule_sentences(result: RuleResult) -> tuple[str, ...]:
    """The sentences of `explain_rule`, one by one."""
    evidence = result.evidence
    if evidence is None or result.reason == "nothing-to-compare":
        return (_nothing(result, evidence),)
    if isinstance(evidence, Estimate):
        body = _bound_sentences(result, evidence)
    elif result.reason == "unchanged":
        return (_unchanged(evidence),)
    else:
        body = (
            seen(evidence),
            _allowing(result.interval, evidence, mark=_signed_margin(result, evidence)),
            _asked(result, evidence),
        )
    closing = _obstacle(result, evidence) or (_conclusion(result), *_aside(result, evidence))
    return tuple(sentence for sentence in (*body, *closing) if sentence)


def seen(evidence: Difference) -> str:
    """What was observed, before any allowance for chance."""
    where = f" in {_slice_words(evidence.slice)}" if evidence.slice else ""
    name = one_line(evidence.name)
    rest = f"{where}, over {sample_words(evidence)}"
    value = evidence.difference
    if value is None:
        return f"Nothing could be measured on {name}{rest}."
    digits = digits_for(evidence.interval, evidence.measure, value=value)
    factor = unit_of(evidence.measure).factor
    if value == 0 or round(value * factor, digits) == 0:
        level = say_value(evidence.candidate.value, evidence.measure, digits=digits)
        same = "exactly the same" if value == 0 else "practically the same"
        return f"Both versions came out {same} ({level}) on {name}{rest}."
    size = say_size(value, evidence.measure, digits)
    default = ("scored {size} higher on {name}", "scored {size} lower on {name}")
    more, less = _CHANGED.get(evidence.measure, default)
    return f"The new version {(more if value > 0 else less).format(size=size, name=name)}{rest}."


def sample_words(evidence: Difference) -> str:
    """How much was compared: `1,319 cases`, `200 answers to 50 cases`, `200 cases in 40 groups`."""
    pairs, units = evidence.n_pairs, evidence.n_clusters
    if not units or units == pairs:
        return counted(pairs, "case")
    if evidence.unit == "case":
        return f"{counted(pairs, 'answer')} to {counted(units, 'case')}"
    return f"{counted(pairs, 'case')} in {counted(units, one_line(evidence.unit))}"


def drop_noun(direction: Direction) -> str:
    """What getting worse is called: a drop, or a rise where lower is better."""
    return {"higher": "drop", "lower": "rise", "neither": "change"}[direction]


def gain_noun(direction: Direction) -> str:
    """What getting better is called."""
    return {"higher": "gain", "lower": "fall", "neither": "change"}[direction]


def is_at_most(result: RuleResult) -> bool:
    """Whether a bound rule asks for at most its bound: read from the rule as `name_rule` writes it."""
    return " at most " in result.rule


def _slice_words(name: str) -> str:
    dimension, _, value = name.partition("=")
    return f"the slice {one_line(dimension)} = {one_line(value)}" if value else one_line(name)


def _allowing(interval: Interval | None, evidence: Difference, *, mark: float | None) -> str:
    if interval is None:
        return evidence.note and f"{one_line(evidence.note).rstrip('.')}."
    measure = evidence.measure
    marks = (0.0,) if mark is None else (0.0, mark)
    digits = digits_for(interval, measure, marks=marks)
    flip = -1.0 if evidence.direction == "lower" else 1.0
    low, high = sorted((interval[0] * flip, interval[1] * flip))
    drop, gain = drop_noun(evidence.direction), gain_noun(evidence.direction)

    def size(limit: float) -> str:
        return say_size(limit, measure, digits, unit=False)

    if high < 0:
        return f"Allowing for chance, the real {drop} is likely {_span(-high, -low, measure, digits)}."
    if low > 0:
        return f"Allowing for chance, the real {gain} is likely {_span(low, high, measure, digits)}."
    worst = f"a {drop} of {size(low)}" if low < 0 else "no change"
    best = f"a {gain} of {size(high)}" if high > 0 else "no change"
    return f"Allowing for chance, the truth is likely between {worst} and {best}."


def _span(near: float, far: float, measure: str, digits: int) -> str:
    """`1.5 to 7.1`, `0.10 to 0.40 s`, `$0.01 to $0.04`."""
    unit = unit_of(measure)
    first = unit.prefix + number(near * unit.factor, digits)
    return f"{first} to {say_size(far, measure, digits, unit=False)}"


def _signed_margin(result: RuleResult, evidence: Difference) -> float | None:
    """Where the rule's limit lies on the axis of differences."""
    if result.margin is None:
        return None
    worse_side = result.kind == "allowed-drop"
    upward = (evidence.direction == "lower") == worse_side
    return result.margin if upward else -result.margin


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


def _bound_sentences(result: RuleResult, evidence: Estimate) -> tuple[str, ...]:
    bound = result.margin
    interval = evidence.interval
    marks = () if bound is None else (bound,)
    digits = digits_for(interval, evidence.measure, value=evidence.value, marks=marks)
    where = f" in {_slice_words(result.slice)}" if result.slice else ""
    level = say_value(evidence.value, evidence.measure, digits=digits)
    over = f"over {estimate_sample_words(evidence)}"
    first = f"The new version came out at {level} on {one_line(evidence.name)}{where}, {over}."
    chance = ""
    if interval is not None:
        spread = say_interval(interval, evidence.measure, digits=digits)
        chance = f"Allowing for chance, the real figure is likely {spread}."
    elif evidence.note:
        chance = f"{one_line(evidence.note).rstrip('.')}."
    if bound is None:
        return (first, chance)
    word = "at most" if is_at_most(result) else "at least"
    return (first, chance, f"You ask for {word} {say_limit(bound, evidence.measure, change=False)}.")


def estimate_sample_words(estimate: Estimate) -> str:
    """How much an estimate rests on, in the words of `sample_words`."""
    units = estimate.n if estimate.n_units is None else estimate.n_units
    if units == estimate.n:
        return counted(estimate.n, "case")
    if estimate.unit == "case":
        return f"{counted(estimate.n, 'answer')} to {counted(units, 'case')}"
    return f"{counted(estimate.n, 'case')} in {counted(units, one_line(estimate.unit))}"


def _obstacle(result: RuleResult, evidence: Difference | Estimate) -> tuple[str, ...]:
    """Why evidence that exists may not decide; empty when it may."""
    if result.reason == "too-few-units":
        units = evidence.n_clusters if isinstance(evidence, Difference) else evidence.n_units or evidence.n
        few = counted(units, f"independent {one_line(evidence.unit)}")
        start = f"These cases come from only {few}, too few to judge chance by"
        return (f"{start}: the figure is shown, not decided on.",)
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


def _conclusion(result: RuleResult) -> str:
    evidence = result.evidence
    direction: Direction = evidence.direction if isinstance(evidence, Difference) else "higher"
    if result.verdict == "INCONCLUSIVE" and isinstance(evidence, Difference):
        return _open_conclusion(result, direction)
    if result.reason == "within-allowed-drop" and _wholly_worse(result, direction):
        return f"It is likely worse, but the {drop_noun(direction)} is likely smaller than you allow."
    template = _CONCLUSIONS.get(result.reason)
    if template is None:
        return f"{one_line(result.reason).capitalize()}."
    return template.format(drop=drop_noun(direction))


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
        looks = {
            "better": "It looks better",
            "worse": "It looks worse",
            "none": "No clear difference was seen",
        }
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
        "none": f"No clear difference was seen, but {not_yet}.",
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
    where = f" in {_slice_words(result.slice)}" if result.slice else ""
    metric = f"{one_line(result.metric)}{where}"
    if isinstance(evidence, Estimate):
        return f"The new version has too few cases with a score on {metric} to decide anything."
    if evidence is not None and evidence.n_pairs:
        found = sample_words(evidence)
        return f"The two runs share only {found} with a score on {metric}: too few to judge chance by."
    return f"The two runs share no case with a score on {metric}, so there is nothing to compare."
