"""The `[traces]` table: what is taken out of spans before they are stored, and how long they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.core import ConfigError, Json
from steelyard.traces import REDACTIONS, RedactionRules, Retention, SpanRedaction

KEYS = ("redact", "patterns", "drop_attributes", "keep_attributes", "retention")
RETENTION_KEYS = ("payload_days", "span_days", "series_days")
_LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSettings:
    """How a project treats its traces."""

    redaction: RedactionRules = field(default_factory=RedactionRules)
    """What is taken out."""
    retention: Retention = field(default_factory=Retention)
    """How long each class is kept."""

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is deleted by age."""
        return self.retention == Retention()

    def span_redaction(self) -> SpanRedaction | None:
        """The redaction, ready to be applied; None where everything is stored as it came."""
        return None if self.redaction.is_empty else SpanRedaction(self.redaction)


def read_trace_settings(table: Mapping[str, Json], *, where: str) -> TraceSettings:
    """The settings of a `[traces]` table; raises ConfigError."""
    _known(table, KEYS, where=where)
    known = _names(table, "redact", where=where)
    for name in known:
        if name not in REDACTIONS:
            raise ConfigError(
                f"'redact' has no pattern '{name}'", where=where, hint=f"Known: {', '.join(REDACTIONS)}"
            )
    settings = TraceSettings(
        redaction=RedactionRules(
            known=known,
            patterns=_patterns(table.get("patterns", {}), where=f"{where} patterns"),
            drop=_names(table, "drop_attributes", where=where),
            keep=_names(table, "keep_attributes", where=where),
        ),
        retention=_retention(table.get("retention", {}), where=f"{where} retention"),
    )
    try:
        settings.span_redaction()
    except ConfigError as error:
        raise ConfigError(error.message, where=f"{where} patterns", hint=error.hint) from None
    return settings


def _retention(table: Json, *, where: str) -> Retention:
    if not isinstance(table, Mapping):
        raise ConfigError(
            "must be a table", where=where, hint="Write [traces.retention] and its keys below it"
        )
    _known(table, RETENTION_KEYS, where=where)
    days: dict[str, int | None] = {}
    for key in RETENTION_KEYS:
        value = table.get(key)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LONGEST_DAYS
        ):
            raise ConfigError(
                f"'{key}' must be a number of days from 1 to {_LONGEST_DAYS:,}",
                where=where,
                hint=f"It is {value!r}",
            )
        days[key] = value
    return Retention(**days)


def _patterns(table: Json, *, where: str) -> dict[str, str]:
    if not isinstance(table, Mapping) or not all(isinstance(value, str) for value in table.values()):
        raise ConfigError(
            "must be a table of names and regular expressions",
            where=where,
            hint="Write order = 'ORD-[0-9]{8}'",
        )
    return {name: str(value) for name, value in table.items()}


def _names(table: Mapping[str, Json], key: str, *, where: str) -> tuple[str, ...]:
    value = table.get(key, ())
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise ConfigError(f"'{key}' must be a list of names", where=where, hint=f"It is {value!r}")
    return tuple(str(item) for item in value)


def _known(table: Mapping[str, Json], keys: tuple[str, ...], *, where: str) -> None:
    for key in table:
        if key not in keys:
            raise ConfigError(f"unknown key '{key}'", where=where, hint=f"Known: {', '.join(keys)}")
