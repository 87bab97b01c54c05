"""What capture may record, and where it sends it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from steelyard.core import ConfigError

Redact = Callable[[str], str]
"""Takes a text and returns what may be recorded of it."""

_OTLP = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_FALSE = frozenset({"0", "false", "no", "off"})
_TRUE = frozenset({"1", "true", "yes", "on", ""})
_CHARACTERS = 20_000
_LONGEST_EXIT_S = 3_600.0
EXIT_S = 2.0
"""Seconds that a program's end waits for a server that takes nothing, unless it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSettings:
    """How traced functions are recorded; the same for a whole program."""

    endpoint: str = ""
    """Base address of a Steelyard server; empty: the address that OpenTelemetry's variables name, or none."""
    key: str = field(default="", repr=False)
    """Key of the server, sent to `endpoint` only."""
    elsewhere: bool = False
    """Whether OpenTelemetry's own variables name an address."""
    service: str = ""
    """What the program is called; empty: OTEL_SERVICE_NAME, or the name of the script."""
    content: bool = True
    """Whether inputs and outputs are recorded at all."""
    max_characters: int = _CHARACTERS
    """Characters of one input or output. A full batch of the default still fits into one request."""
    redact: Redact | None = None
    """Applied to every text that is recorded."""
    exit_s: float = EXIT_S
    """Seconds that a program's end waits for a server that takes nothing; at least 0."""

    @property
    def sends(self) -> bool:
        """Whether there is an address to send to."""
        return bool(self.endpoint) or self.elsewhere


def read_settings(environ: Mapping[str, str] = os.environ) -> CaptureSettings:
    """The settings of the environment.

    `STEELYARD_ENDPOINT`, `STEELYARD_KEY`, `STEELYARD_TRACE_CONTENT` and `STEELYARD_EXIT_SECONDS` are ours;
    `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_TRACES_EXPORTER=none` are
    OpenTelemetry's. Raises ConfigError for an address, a key, a truth word and a number that is none.
    """
    elsewhere = any(environ.get(name, "").strip() for name in _OTLP)
    off = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    return CaptureSettings(
        endpoint=checked_endpoint(environ.get("STEELYARD_ENDPOINT", ""), where="STEELYARD_ENDPOINT"),
        key=checked_key(environ.get("STEELYARD_KEY", ""), where="STEELYARD_KEY"),
        elsewhere=elsewhere and not off,
        content=_truth(environ.get("STEELYARD_TRACE_CONTENT", ""), where="STEELYARD_TRACE_CONTENT"),
        exit_s=exit_seconds(environ),
    )


def exit_seconds(environ: Mapping[str, str] = os.environ) -> float:
    """How long a program's end waits for a server that takes nothing, from `STEELYARD_EXIT_SECONDS`.

    Raises ConfigError for what is no number from 0 to 3,600.
    """
    text = environ.get("STEELYARD_EXIT_SECONDS", "").strip()
    try:
        seconds = float(text) if text else EXIT_S
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_EXIT_S:
        raise ConfigError(
            f"'{text[:20]}' is no number of seconds", where="STEELYARD_EXIT_SECONDS", hint="Write 2"
        )
    return seconds


def checked_endpoint(text: str, *, where: str) -> str:
    """The address without a final slash; raises ConfigError for what is no HTTP address."""
    address = text.strip().rstrip("/")
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        secret = parts.username is not None
    except ValueError:
        named = secret = False
    if not named or secret:
        raise ConfigError(
            "the address of the server cannot be used",
            where=where,
            hint="Write http://HOST:PORT, without user and password",
        )
    return address


def checked_key(text: str, *, where: str) -> str:
    """The key without white space around it; raises ConfigError for what no header can hold.

    What sends it would say the whole header in its own error.
    """
    key = text.strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigError(
            "the key of the server cannot be used", where=where, hint="Copy it again: it is one word"
        )
    return key


def _truth(text: str, *, where: str) -> bool:
    word = text.strip().lower()
    if word in _FALSE:
        return False
    if word in _TRUE:
        return True
    raise ConfigError(f"'{text[:20]}' is neither true nor false", where=where, hint="Write true or false")
