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

    @property
    def sends(self) -> bool:
        """Whether there is an address to send to."""
        return bool(self.endpoint) or self.elsewhere


def read_settings(environ: Mapping[str, str] = os.environ) -> CaptureSettings:
    """The settings of the environment.

    `STEELYARD_ENDPOINT`, `STEELYARD_KEY` and `STEELYARD_TRACE_CONTENT` are ours;
    `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_TRACES_EXPORTER=none` are
    OpenTelemetry's. Raises ConfigError for an address that is none and for a truth word that is none.
    """
    elsewhere = any(environ.get(name, "").strip() for name in _OTLP)
    off = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    return CaptureSettings(
        endpoint=checked_endpoint(environ.get("STEELYARD_ENDPOINT", ""), where="STEELYARD_ENDPOINT"),
        key=environ.get("STEELYARD_KEY", "").strip(),
        elsewhere=elsewhere and not off,
        content=_truth(environ.get("STEELYARD_TRACE_CONTENT", ""), where="STEELYARD_TRACE_CONTENT"),
    )


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


def _truth(text: str, *, where: str) -> bool:
    word = text.strip().lower()
    if word in _FALSE:
        return False
    if word in _TRUE:
        return True
    raise ConfigError(f"'{text[:20]}' is neither true nor false", where=where, hint="Write true or false")
