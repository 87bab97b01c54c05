"""Invariance and sensitivity of a run over its paraphrase families, beside its own noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from steelyard.core import (
    CASES_LIKE_THESE,
    ConfigError,
    ConsistencyReport,
    Estimate,
    Family,
    FamilyAnswer,
    MetricSpec,
    Output,
    Scored,
    UsageError,
)
from steelyard.metrics import Metric, answer_agreement, extracted_answer, rebuild
from steelyard.runs._families import Agree, Answer, FamilyPairs, Member, Pair, as_families
from steelyard.runs._plan import RunStores
from steelyard.runs._prefix import complete_prefix
from steelyard.runs._record import RunRecord, Sample
from steelyard.runs._sealed import is_sealed
from steelyard.runs._share import Share, share_estimate

_SHOWN = 200
_BY_FAMILY = f"{CASES_LIKE_THESE}, weighted by family"
_ALIASES = {"numeric": "numeric_match"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How outputs become answers, and how answers are compared."""

    spec: MetricSpec
    """The metric whose scores say what is right."""
    metric: Metric | None
    """It, when it can be made again."""
    by: str
    """`answer`, `score`, or what `answer_agreement` takes."""
    agree: Agree
    """The comparison."""
    words: str
    """The comparison in words."""
    unchanged: Agree
    """The comparison for changed questions: two right answers have one score, and must differ."""


def consistency(
    run: RunRecord,
    store: RunStores,
    *,
    metric: str = "",
    agree: str = "answer",
    level: float = 0.95,
    shown: int = 10,
) -> ConsistencyReport:
    """Whether equivalent questions are answered alike, and changed ones differently.

    A family is a group of cases of which one at least declares a `variant`; `relation` is `same` unless it
    says `changed`. Every pair of equivalent members is compared, every family weighs the same, and
    families are the units of resampling. Answers agree when the run's main metric (its first, or `metric`)
    reads the same answer out of both; `agree="score"` asks for the same score instead, and `METRIC>=T` for
    closeness of the texts. With several epochs the agreement of a question with itself stands beside it.

    A missing answer of the target agrees with none. Raises UsageError when there is no family, or for an
    unknown metric or comparison. Source of the two figures: Ribeiro et al. 2020, "Beyond accuracy:
    behavioral testing of NLP models with CheckList" (invariance and directional tests).
    """
    reading = _reading(run, metric, agree)
    families = list(as_families(_members(run, store, reading), reading.agree, unchanged=reading.unchanged))
    if not families:
        raise UsageError(
            "no family of questions to compare",
            where=f"run {run.id}",
            hint="Give cases a common group and a slice 'variant', or derive some: steelyard bench perturb "
            f"{run.benchmark.name} --kind reformat",
        )
    estimate = partial(share_estimate, run=run, level=level, unit="family", estimand=_BY_FAMILY)
    same = [(family, pair) for family in families for pair in family.equivalent]
    changed = [(family, pair) for family in families for pair in family.changed]
    return ConsistencyReport(
        run=run.id,
        benchmark=f"{run.benchmark.name}@{run.benchmark.version}",
        agreement=reading.words,
        families=len(families),
        invariance=estimate("invariance", _pair_shares(same, _agreement)),
        steady=estimate("steady families", [_steady(family) for family in families if family.equivalent]),
        sensitivity=estimate("sensitivity", _pair_shares(changed, _difference)),
        rightly=estimate("rightly changed", _rightly(changed, reading)),
        repeats=estimate("repeats", _repeats(families, reading)),
        excess=estimate("excess inconsistency", _excess(families, reading), low=-1.0),
        by_variant=_by_variant(same, _agreement, estimate),
        sensitivity_by_variant=_by_variant(changed, _difference, estimate),
        worst=_worst(families, shown),
        notes=_notes(run, reading, families),
    )


def _reading(run: RunRecord, metric: str, agree: str) -> _Reading:
    usable = [spec for spec in run.metrics if not metric or spec.key == metric]
    if not usable:
        known = ", ".join(spec.key for spec in run.metrics)
        raise UsageError(f"the run has no metric '{metric}'", where=f"run {run.id}", hint=f"It has: {known}")
    spec = usable[0]
    try:
        made: Metric | None = rebuild(spec, any_version=True)
    except (UsageError, ConfigError):
        made = None  # a judge or a function of the project: its answers are compared as texts
    if agree == "answer":
        words = f"the answer that {spec.key} reads is the same"
        return _Reading(spec=spec, metric=made, by=agree, agree=_same, words=words, unchanged=_same)
    if agree == "score":
        words = f"the score of {spec.key} is the same"
        return _Reading(spec=spec, metric=made, by=agree, agree=_same, words=words, unchanged=_read_same)
    name, mark, threshold = agree.partition(">=")
    found = answer_agreement(_ALIASES.get(name, name) + mark + threshold)

    def close(first: Answer, second: Answer) -> bool:
        return first.given and second.given and found.agree(first.compared, second.compared)

    words = f"{found.name} between the answers"
    return _Reading(spec=spec, metric=made, by=agree, agree=close, words=words, unchanged=close)


def _same(first: Answer, second: Answer) -> bool:
    return first.given and second.given and first.compared == second.compared


def _read_same(first: Answer, second: Answer) -> bool:
    return first.given and second.given and first.shown == second.shown


def _members(run: RunRecord, store: RunStores, reading: _Reading) -> list[Member]:
    table = complete_prefix(store.score_table(run.id, reading.spec.key), run)
    readable = set(zip(table.case_ids, table.epochs.tolist(), strict=True))
    members: dict[str, Member] = {}
    for sample in store.samples(run.id):
        if sample.case.group is not None and (sample.case.id, sample.epoch) in readable:
            member = members.setdefault(sample.case.id, Member(case=sample.case))
            member.answers[sample.epoch] = _answer(sample, reading)
    return list(members.values())


def _answer(sample: Sample, reading: _Reading) -> Answer | None:
    output: Output = sample.output
    if output.fault is not None and output.fault.owner == "infrastructure":
        return None
    score = sample.scores.get(reading.spec.key)
    value = score.value if isinstance(score, Scored) else None
    if reading.by == "score" and value is None:
        return None
    read = extracted_answer(reading.metric, sample.case, output)
    compared = {"answer": read, "score": f"{value}"}.get(reading.by, output.text)
    return Answer(compared=compared, shown=read, given=output.fault is None, score=value)


def _agreement(pair: Pair) -> float | None:
    return pair.agreement


def _difference(pair: Pair) -> float | None:
    return None if pair.agreement is None else 1.0 - pair.agreement


def _pair_shares(
    pairs: Sequence[tuple[FamilyPairs, Pair]], value: Callable[[Pair], float | None]
) -> list[Share]:
    """One entry for each pair, weighted so that every family weighs 1."""
    sizes: dict[str, int] = {}
    for family, _ in pairs:
        sizes[family.name] = sizes.get(family.name, 0) + 1
    return [
        Share(value=value(pair), cluster=family.name, weight=1.0 / sizes[family.name])
        for family, pair in pairs
    ]


def _steady(family: FamilyPairs) -> Share:
    """1 when all its equivalent pairs agree in all epochs; one that does not settles it."""
    known = [pair.agreement for pair in family.equivalent if pair.agreement is not None]
    if any(agreement < 1.0 for agreement in known):
        return Share(value=0.0, cluster=family.name)
    return Share(value=1.0 if len(known) == len(family.equivalent) else None, cluster=family.name)


def _rightly(pairs: Sequence[tuple[FamilyPairs, Pair]], reading: _Reading) -> list[Share]:
    low, high = reading.spec.range
    if low is None or high is None or reading.spec.direction == "neither":
        return []
    middle, sign = (low + high) / 2, -1.0 if reading.spec.direction == "lower" else 1.0

    def value(pair: Pair) -> float | None:
        both = [(one, other) for one in pair.first.known() for other in pair.second.known()]
        scored = [(one, other) for one, other in both if other.score is not None]
        right = [
            not reading.unchanged(one, other) and sign * ((other.score or 0.0) - middle) > 0
            for one, other in scored
        ]
        return sum(right) / len(right) if right else None

    return _pair_shares([each for each in pairs if each[1].second.case.expected is not None], value)


def _repeats(families: Sequence[FamilyPairs], reading: _Reading) -> list[Share]:
    found = [(family.name, family.steadiness(reading.agree)) for family in families]
    return [Share(value=value, cluster=name) for name, value in found if value is not None]


def _excess(families: Sequence[FamilyPairs], reading: _Reading) -> list[Share]:
    found = []
    for family in families:
        alone, together = family.steadiness(reading.agree), family.agreement
        if alone is not None and together is not None:
            found.append(Share(value=alone - together, cluster=family.name))
    return found


def _by_variant(
    pairs: Sequence[tuple[FamilyPairs, Pair]],
    value: Callable[[Pair], float | None],
    estimate: Callable[[str, list[Share]], Estimate],
) -> tuple[tuple[str, Estimate], ...]:
    """By the one kind of variation between two questions; pairs of two kinds belong to none."""
    kinds: dict[str, list[tuple[FamilyPairs, Pair]]] = {}
    for family, pair in pairs:
        between = {pair.first.variant, pair.second.variant} - {""}
        if len(between) == 1:
            kinds.setdefault(between.pop(), []).append((family, pair))
    found = [(kind, estimate(kind, _pair_shares(listed, value))) for kind, listed in kinds.items()]
    return tuple(sorted(found, key=lambda item: (item[1].value is None, item[1].value or 0.0, item[0])))


def _worst(families: Iterable[FamilyPairs], shown: int) -> tuple[Family, ...]:
    """The families with something to see, those that agree least first."""
    open_ones = [
        family for family in families if not any(is_sealed(member.case) for member in family.members)
    ]
    faulty = [
        family
        for family in open_ones
        if (family.agreement is not None and family.agreement < 1.0)
        or (family.response is not None and family.response < 1.0)
    ]
    ordered = sorted(
        faulty,
        key=lambda family: (
            min(1.0 if value is None else value for value in (family.agreement, family.response)),
            -len(family.members),
            family.name,
        ),
    )
    return tuple(
        Family(
            name=family.name,
            agreement=family.agreement,
            response=family.response,
            members=tuple(_shown(member) for member in family.members),
        )
        for family in ordered[:shown]
    )


def _shown(member: Member) -> FamilyAnswer:
    known = member.known()
    first = known[0].shown if known else ""
    scores = [answer.score for answer in known if answer.score is not None]
    return FamilyAnswer(
        case_id=member.case.id,
        variant=member.variant,
        relation=member.relation,
        answer=first if len(first) <= _SHOWN else first[: _SHOWN - 1] + "…",
        score=sum(scores) / len(scores) if scores else None,
    )


def _notes(run: RunRecord, reading: _Reading, families: Sequence[FamilyPairs]) -> tuple[str, ...]:
    notes = []
    if run.epochs < 2:
        notes.append(
            "Each question was asked once: how often the system differs from itself is unknown, and part of "
            "the disagreement may be that. Run with --epochs 2 or more."
        )
    if reading.metric is None and reading.by == "answer":
        notes.append(
            f"{reading.spec.key} reads no answer here; texts are compared without case and punctuation."
        )
    if not any(family.changed for family in families):
        notes.append(
            "No question has relation=changed: sensitivity is unknown, and a constant answer is invariant."
        )
    return tuple(notes)
