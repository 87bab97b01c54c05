"""What somebody asks for: a kind, its severity and settings, from one line of text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from steelyard.core import Json, UsageError
from steelyard.runs.perturbation._perturbation import Perturbation, Setting
from steelyard.runs.perturbation._registry import find_perturbation

_COMMA = re.compile(r"(?<!\\),")
_SEVERITY = "severity"
_DEFAULT_SEVERITY = 0.2
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class PerturbationRequest:
    """One kind at one severity."""

    perturbation: Perturbation
    """The kind."""
    severity: float
    """Above 0, at most 1."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """The settings that are not their defaults."""

    @property
    def kind(self) -> str:
        """The kind with its settings, the severity left out: `typos:layout=qwertz`."""
        return self.perturbation.name + (f":{self._listed}" if self.settings else "")

    @property
    def label(self) -> str:
        """What can be typed to get it again: `typos:severity=0.1,layout=qwertz`."""
        listed = f",{self._listed}" if self.settings else ""
        return f"{self.perturbation.name}:severity={self.severity:g}{listed}"

    @property
    def _listed(self) -> str:
        return ",".join(f"{key}={_escaped(value)}" for key, value in sorted(self.settings.items()))

    def as_json(self) -> dict[str, Json]:
        """The form that lineage keeps."""
        return {
            "kind": self.perturbation.name,
            "severity": self.severity,
            "settings": dict(self.settings),
        }


def parse_request(text: str) -> list[PerturbationRequest]:
    r"""The requests in `KIND`, `KIND:severity=.1` or `KIND:severity=.1+.3,setting=value`.

    Several severities, joined by `+`, are several requests. Without a severity it is 0.2, or 1 for
    variants that ask the same and for twins. A comma inside a value is written `\,`. Raises UsageError.
    """
    name, _, rest = text.strip().partition(":")
    found = find_perturbation(name)
    severities: Sequence[float] = ()
    settings: dict[str, Setting] = {}
    for part in _COMMA.split(rest) if rest else ():
        key, equals, raw = part.partition("=")
        key, raw = key.strip(), raw.replace("\\,", ",")
        if not equals or (key != _SEVERITY and key not in found.settings):
            known = ", ".join((_SEVERITY, *found.settings))
            raise UsageError(f"no setting '{part[:60]}'", where=f"--kind {name}", hint=f"Settings: {known}")
        if key == _SEVERITY:
            severities = [_severity(item, name) for item in raw.split("+")]
        else:
            settings[key] = _typed(raw, found.settings[key], where=f"--kind {name}:{key}")
    changed = {key: value for key, value in settings.items() if value != found.settings[key]}
    default = 1.0 if found.variant or found.name == "twin" else _DEFAULT_SEVERITY
    return [
        PerturbationRequest(perturbation=found, severity=severity, settings=changed)
        for severity in severities or (default,)
    ]


def _severity(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1.0:
        raise UsageError(
            f"'{text[:40]}' is no severity",
            where=f"--kind {name}",
            hint="Write a share above 0 and at most 1, or several joined by +, e.g. severity=.1+.3",
        )
    return value


def _typed(raw: str, default: Setting, *, where: str) -> Setting:
    if isinstance(default, bool):
        if raw.lower() not in _TRUTHS:
            raise UsageError(f"'{raw[:40]}' is no truth", where=where, hint="Write true or false")
        return _TRUTHS[raw.lower()]
    if isinstance(default, str):
        return raw
    try:
        return type(default)(raw)
    except ValueError as error:
        raise UsageError(f"'{raw[:40]}' is no number", where=where, hint="Write a number") from error


def _escaped(value: Setting) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace(",", "\\,")
