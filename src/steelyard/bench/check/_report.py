"""What a rule is, what it finds, and the report of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Literal

from steelyard.bench.check._subject import Subject
from steelyard.core import Json

Severity = Literal["error", "warning", "note"]
"""error: measurements will be wrong; warning: they may be; note: worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that one rule found."""

    code: str
    """The rule's code, such as `B101`."""
    rule: str
    """The rule's name, such as `duplicate-case`."""
    severity: Severity
    """How bad it is."""
    message: str
    """What is wrong and what to do, for people."""
    cases: tuple[str, ...] = ()
    """Ids of the cases concerned; empty when it is the benchmark as a whole."""
    detail: Mapping[str, Json] | None = None
    """Numbers behind the message: a similarity, a size, how many are needed."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {
            "code": self.code,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
            "cases": list(self.cases),
            **({"detail": dict(self.detail)} if self.detail else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a rule's function yields; the rule adds its name and severity."""

    message: str
    """What is wrong and what to do."""
    cases: tuple[str, ...] = ()
    """Ids of the cases concerned."""
    detail: Mapping[str, Json] | None = None
    """Numbers behind the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One check. Its function's docstring says what it finds, why that matters, and shows an example."""

    code: str
    """Unique and never used again: `B1..` copies, `B2..` expectations, `B3..` sizes, `B4..` texts."""
    name: str
    """Unique, in words with hyphens."""
    severity: Severity
    """How bad a finding is."""
    find: Callable[[Subject], Iterator[Remark]]
    """Looks at a benchmark and yields what it finds."""

    @property
    def text(self) -> str:
        """The published description."""
        return cleandoc(self.find.__doc__ or "")

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """The function's remarks, as findings of this rule."""
        for remark in self.find(subject):
            yield Finding(
                code=self.code,
                rule=self.name,
                severity=self.severity,
                message=remark.message,
                cases=remark.cases,
                detail=remark.detail,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Everything that was found, by code; long lists are cut, and counted in full."""

    cases: int
    """How many cases were looked at."""
    findings: tuple[Finding, ...]
    """At most `limit` for each rule, in the order of codes."""
    counts: Mapping[str, int]
    """Rule name to the number of its findings, those cut off included; rules without any are left out."""
    rules: int
    """How many rules looked."""

    def count(self, severity: Severity) -> int:
        """How many findings of a severity are listed."""
        return Counter(finding.severity for finding in self.findings)[severity]

    @property
    def ok(self) -> bool:
        """Whether nothing worse than a note was found."""
        return all(finding.severity == "note" for finding in self.findings)

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {
            "cases": self.cases,
            "rules": self.rules,
            "ok": self.ok,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "notes": self.count("note"),
            "counts": dict(self.counts),
            "findings": [finding.as_json() for finding in self.findings],
        }
