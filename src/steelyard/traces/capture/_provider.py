"""Whose tracer makes the spans: the application's, else one of our own, else none."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from importlib import import_module

from opentelemetry.trace import (
    ProxyTracerProvider,
    Tracer,
    TracerProvider,
    get_tracer_provider,
    set_tracer_provider,
)

from steelyard.core import MissingExtraError, UsageError, before_collecting, open_collection
from steelyard.traces.capture._settings import (
    CaptureSettings,
    Redact,
    checked_endpoint,
    checked_key,
    read_settings,
)

SCOPE = "steelyard"
"""The instrumentation scope of every span that capture makes."""

_HINT = "pip install 'steelyard[trace]'"


@dataclass(frozen=True, slots=True)
class _Held:
    """The tracer of a provider, kept because asking for one takes longer than a span."""

    provider: TracerProvider
    tracer: Tracer | None
    collects: bool


class _State:
    """What a program has settled on; the one mutable thing of this package."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.settings: CaptureSettings | None = None
        self.held: _Held | None = None
        self.own: TracerProvider | None = None


_state = _State()


def capture_settings() -> CaptureSettings:
    """The settings in force: those of the environment until `configure_trace` gives others."""
    if _state.settings is None:
        _state.settings = read_settings()
    return _state.settings


def configure_trace(
    *,
    endpoint: str | None = None,
    key: str | None = None,
    service: str | None = None,
    content: bool | None = None,
    max_characters: int | None = None,
    redact: Redact | None = None,
    exit_s: float | None = None,
) -> None:
    """Say in code what the environment says otherwise; what is left out stays as it was.

    `endpoint`, `key`, `service` and `exit_s` (the seconds that the program's end waits for a server that
    takes nothing) hold for the provider that Steelyard makes where the application has none, so they must be
    given before the first span. `content=False` records no inputs and outputs. `redact` is
    applied to every text. Raises UsageError when it is too late or a number is too small, ConfigError for an
    address or a key that is none.
    """
    settings = capture_settings()
    if max_characters is not None and max_characters < 1:
        raise UsageError("max_characters must be at least 1", where="configure_trace")
    if exit_s is not None and not 0 <= exit_s < math.inf:
        raise UsageError("exit_s must be at least 0", where="configure_trace")
    changes = {
        "endpoint": None if endpoint is None else checked_endpoint(endpoint, where="endpoint"),
        "key": None if key is None else checked_key(key, where="key"),
        "service": service,
        "content": content,
        "max_characters": max_characters,
        "redact": redact,
        "exit_s": exit_s,
    }
    with _state.lock:
        late = any(changes[name] is not None for name in ("endpoint", "key", "service", "exit_s"))
        if late and _state.own is not None:
            raise UsageError(
                "tracing has begun",
                where="configure_trace",
                hint="Give the endpoint before the first traced function is called",
            )
        kept = {name: value for name, value in changes.items() if value is not None}
        _state.settings = replace(settings, **kept)  # type: ignore[arg-type]
        _state.held = None


def current_tracer() -> Tracer | None:
    """The tracer to make a span with; None when nobody would see it.

    Raises MissingExtraError when there is an address to send to and the packages for it are missing.
    """
    provider = get_tracer_provider()
    held = _state.held
    collecting = open_collection() is not None
    if held is None or held.provider is not provider or (collecting and not held.collects):
        held = _settle(collecting=collecting)
    return held.tracer


def flush_traces(timeout_s: float = 5.0) -> bool:
    """Send what waits to be sent; returns whether all of it was handed over in time.

    Needed only where a process is stopped without its exit handlers, as functions in a cloud are.
    """
    flush = getattr(get_tracer_provider(), "force_flush", None)
    return bool(flush(int(timeout_s * 1000))) if callable(flush) else True


def _settle(*, collecting: bool) -> _Held:
    settings = capture_settings()
    with _state.lock:
        provider = get_tracer_provider()
        if isinstance(provider, ProxyTracerProvider):
            made = _make(settings, collecting=collecting)
            if made is None:
                _state.held = _Held(provider, None, collecting)
                return _state.held
            set_tracer_provider(made)
            _state.own = made
            provider = get_tracer_provider()
        if collecting and hasattr(provider, "add_span_processor"):
            import_module("steelyard.traces.capture._sdk").collect_from(provider)
        _state.held = _Held(provider, provider.get_tracer(SCOPE), collecting)
        return _state.held


def _make(settings: CaptureSettings, *, collecting: bool) -> TracerProvider | None:
    """A provider of our own where there is a reason for one."""
    if not (settings.sends or collecting):
        return None
    try:
        sdk = import_module("steelyard.traces.capture._sdk")
    except ImportError as error:
        if not settings.sends:
            return None
        raise MissingExtraError(
            f"the package {error.name or 'opentelemetry-sdk'} is not installed",
            where="steelyard.trace",
            hint=_HINT,
        ) from error
    made: TracerProvider = sdk.own_provider(settings)
    return made


before_collecting(current_tracer)
