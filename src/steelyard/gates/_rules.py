"""Rules: what a candidate must satisfy, written down before anyone looks."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from steelyard.core import ConfigError, InputError, Json, MetricSpec, RuleKind
from steelyard.text import ReadLimits, parse_yaml, read_text

DEFAULT_ALLOWED_DROP = 0.02
DEFAULT_MAX_MISSING = 0.05
_LIMITS = ReadLimits(line=256_000, total=256_000)

_KINDS: Mapping[str, RuleKind] = {
    "allowed-drop": "allowed-drop",
    "non-inferiority": "allowed-drop",
    "better": "better",
    "superiority": "better",
    "bound": "bound",
}
_RULE_KEYS = ("metric", "kind", "margin", "at_least", "at_most", "slice", "level", "uncalibrated")
_FILE_KEYS = ("rules", "on_inconclusive", "max_missing", "anchor", "allowed_drop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule about one metric, on all cases or on one slice."""

    metric: str
    """The metric's key, as typed when it was run."""
    kind: RuleKind = "allowed-drop"
    """`allowed-drop`: not worse than allowed; `better`: than the baseline; `bound`: an absolute limit."""
    margin: float = DEFAULT_ALLOWED_DROP
    """Allowed drop (for lower-is-better metrics, allowed rise), or the gain that `better` must exceed."""
    at_least: float | None = None
    """For `bound`: the value must be at least this."""
    at_most: float | None = None
    """For `bound`: the value must be at most this."""
    slice: str = ""
    """`dimension=value`, or empty for all cases."""
    level: float = 0.95
    """Two-sided level of the interval that decides."""
    uncalibrated: Literal["refuse", "allow"] = "refuse"
    """Whether a judge that nobody held against experts may decide."""

    @property
    def limit(self) -> float:
        """The bound of a bound rule, the margin otherwise."""
        if self.at_least is not None:
            return self.at_least
        return self.at_most if self.at_most is not None else self.margin

    def describe(self, spec: MetricSpec) -> str:
        """The rule in words, such as `accuracy may drop by at most 2 points`."""
        place = f" on {self.slice}" if self.slice else ""
        if self.kind == "bound":
            word = "at least" if self.at_least is not None else "at most"
            return f"{self.metric}{place} must be {word} {_amount(self.limit, spec, signed=False)}"
        if self.kind == "better":
            by = f" by more than {_amount(self.margin, spec, signed=False)}" if self.margin else ""
            return f"{self.metric}{place} must be better{by}"
        verb = "rise" if spec.direction == "lower" else "drop"
        return f"{self.metric}{place} may {verb} by at most {_amount(self.margin, spec, signed=True)}"

    def as_json(self) -> dict[str, Json]:
        """The rule with every default written out."""
        return {
            "metric": self.metric,
            "kind": self.kind,
            "margin": self.margin,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "slice": self.slice,
            "level": self.level,
            **({"uncalibrated": self.uncalibrated} if self.uncalibrated != "refuse" else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules of a gate; it passes when every one of them passes."""

    rules: tuple[Rule, ...] = ()
    """Empty: one allowed-drop rule for every metric that both runs share."""
    allowed_drop: float = DEFAULT_ALLOWED_DROP
    """The margin of those default rules."""
    on_inconclusive: Literal["warn", "fail"] = "warn"
    """Whether INCONCLUSIVE ends with exit code 3 or 1."""
    max_missing: float = DEFAULT_MAX_MISSING
    """The share of missing pairs above which nothing is decided."""
    anchor: str = ""
    """A release that the candidate must also hold against, so that small drops cannot add up."""

    def as_json(self) -> dict[str, Json]:
        """What the question's hash is made of."""
        return {
            "rules": [rule.as_json() for rule in self.rules],
            "allowed_drop": self.allowed_drop,
            "max_missing": self.max_missing,
            "anchor": self.anchor,
        }


NO_RULES = RuleSet()


def load_rules(path: Path, *, defaults: RuleSet = NO_RULES, allowed_drop: float | None = None) -> RuleSet:
    """Read a rules file (YAML); raises ConfigError that names the file, the rule and the field.

    `defaults` fills what the file leaves out; `allowed_drop` stands before the file's own.
    """
    if not path.exists():
        raise ConfigError("there is no such rules file", where=str(path), hint="Check --rules")
    try:
        document = parse_yaml(read_text(path, limits=_LIMITS))
    except InputError as error:
        raise ConfigError(error.message, where=str(path), hint="Mend the file") from None
    except ValueError as error:
        raise ConfigError(f"cannot be read as YAML: {error}", where=str(path), hint="Mend the file") from None
    given = {} if document is None else document
    return parse_rules(given, where=str(path), defaults=defaults, allowed_drop=allowed_drop)


def parse_rules(
    document: object, *, where: str, defaults: RuleSet = NO_RULES, allowed_drop: float | None = None
) -> RuleSet:
    """A rule set from parsed YAML; unknown keys are errors, because a misspelt rule guards nothing.

    `defaults` fills what the document leaves out; `allowed_drop` stands before the document's own.
    """
    table = _table(document, where=where, keys=_FILE_KEYS)
    drop = _number(table, "allowed_drop", where=where, default=defaults.allowed_drop)
    if drop < 0:
        raise ConfigError("'allowed_drop' must not be negative", where=where, hint=f"It is {drop:g}")
    if allowed_drop is not None:
        drop = allowed_drop
    listed = table.get("rules") or []
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ConfigError("'rules' must be a list", where=where, hint="Begin each rule with '- metric: …'")
    on_inconclusive = table.get("on_inconclusive", defaults.on_inconclusive)
    if on_inconclusive not in ("warn", "fail"):
        raise ConfigError(
            "'on_inconclusive' must be warn or fail", where=where, hint=f"It is {on_inconclusive!r}"
        )
    max_missing = _number(table, "max_missing", where=where, default=defaults.max_missing)
    if not 0 <= max_missing <= 1:
        raise ConfigError("'max_missing' must lie between 0 and 1", where=where, hint=f"It is {max_missing}")
    return RuleSet(
        rules=tuple(
            _rule(row, where=f"{where}, rule {number}", allowed_drop=drop)
            for number, row in enumerate(listed, start=1)
        ),
        allowed_drop=drop,
        on_inconclusive="fail" if on_inconclusive == "fail" else "warn",
        max_missing=max_missing,
        anchor=_text(table, "anchor", where=where, default=defaults.anchor),
    )


def _rule(row: object, *, where: str, allowed_drop: float) -> Rule:
    table = _table(row, where=where, keys=_RULE_KEYS)
    metric = table.get("metric")
    if not isinstance(metric, str) or not metric:
        raise ConfigError("'metric' is missing", where=where, hint="Name the metric as it was run")
    bounded = "at_least" in table or "at_most" in table
    word = str(table.get("kind") or ("bound" if bounded else "allowed-drop"))
    if word not in _KINDS:
        raise ConfigError(f"unknown kind '{word}'", where=where, hint=f"Kinds: {', '.join(_KINDS)}")
    kind = _KINDS[word]
    if (kind == "bound") != bounded or ("at_least" in table and "at_most" in table):
        raise ConfigError(
            "a bound takes exactly one of 'at_least' and 'at_most', and other kinds take neither",
            where=where,
            hint="Write 'at_least: 0.9', or 'kind: allowed-drop' with a 'margin'",
        )
    margin = _number(table, "margin", where=where, default=0.0 if kind == "better" else allowed_drop)
    level = _number(table, "level", where=where, default=0.95)
    if margin < 0 or not 0.5 < level < 1:
        raise ConfigError(
            "'margin' must not be negative and 'level' must lie between 0.5 and 1",
            where=where,
            hint=f"margin is {margin}, level is {level}",
        )
    return Rule(
        metric=metric,
        kind=kind,
        margin=margin,
        at_least=_number(table, "at_least", where=where) if "at_least" in table else None,
        at_most=_number(table, "at_most", where=where) if "at_most" in table else None,
        slice=_slice(table.get("slice"), where=where),
        level=level,
        uncalibrated=_uncalibrated(table.get("uncalibrated"), where=where),
    )


def _uncalibrated(value: object, *, where: str) -> Literal["refuse", "allow"]:
    if value in (None, "refuse", "allow"):
        return "allow" if value == "allow" else "refuse"
    raise ConfigError("'uncalibrated' must be refuse or allow", where=where, hint=f"It is {value!r}")


def _slice(value: object, *, where: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping) and len(value) == 1:
        dimension, wanted = next(iter(value.items()))
        return f"{dimension}={wanted}"
    if isinstance(value, str) and "=" in value:
        return value
    raise ConfigError(
        "'slice' must name one dimension and value", where=where, hint="Write 'slice: topic=refunds'"
    )


def _table(document: object, *, where: str, keys: Sequence[str]) -> Mapping[str, object]:
    if not isinstance(document, Mapping):
        raise ConfigError("expected a mapping", where=where, hint=f"Known keys: {', '.join(keys)}")
    for key in document:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(keys)}"
            raise ConfigError(f"unknown key '{key}'", where=where, hint=hint)
    return document


def _number(table: Mapping[str, object], key: str, *, where: str, default: float | None = None) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"'{key}' must be a number", where=where, hint=f"It is {value!r}")
    if not math.isfinite(value):
        raise ConfigError(f"'{key}' must be a finite number", where=where, hint=f"It is {value!r}")
    return float(value)


def _text(table: Mapping[str, object], key: str, *, where: str, default: str) -> str:
    value = table.get(key)
    if value is None:
        return default
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        raise ConfigError(f"'{key}' must be text", where=where, hint=f"It is {value!r}")
    return str(value)


def _amount(value: float, spec: MetricSpec, *, signed: bool) -> str:
    """A margin or bound in the metric's own words; differences of shares are said in points."""
    if spec.measure == "share":
        return f"{value * 100:g} points" if signed else f"{value * 100:g} %"
    return f"{value:g} {spec.measure}"
