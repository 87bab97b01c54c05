"""The `[server]` table: how the server is reached, and where people log in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from steelyard.app.accounts._roles import Role
from steelyard.core import ConfigError, Json

SERVER_KEYS = (
    "public_url",
    "trusted_proxies",
    "requests_per_second",
    "feedback_origins",
    "playground_programs",
    "oidc",
)
OIDC_KEYS = ("issuer", "client_id", "client_secret", "name_claim", "default_role", "label")

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The `[server.oidc]` table: an OpenID Connect provider."""

    issuer: str
    """Its address, as it names itself."""
    client_id: str
    """What this server is called there."""
    client_secret: str = field(default="", repr=False)
    """The secret, from the environment; empty for a public client, which PKCE protects alone."""
    name_claim: str = "preferred_username"
    """Which claim becomes the user's name."""
    default_role: Role | None = None
    """The role of those who come for the first time; None: only users who were added may enter."""
    label: str = "your organisation"
    """What the button says one logs in with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the server is reached."""

    public_url: str = ""
    """The address people use, such as `https://steelyard.example`; empty: the one it listens on."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies whose word on the client's address is taken."""
    requests_per_second: float = 100.0
    """How many requests a user or key may make in a long run; four seconds' worth at once."""
    feedback_origins: tuple[str, ...] = ()
    """Origins whose pages may send feedback, such as `https://app.example`."""
    playground_programs: bool = False
    """Whether editors may try `python:` and `command:` targets on a server that others can reach."""
    oidc: OidcSettings | None = None
    """Where people log in besides here."""

    @property
    def is_https(self) -> bool:
        """Whether cookies may be kept to encrypted connections."""
        return self.public_url.startswith("https://")


def read_settings(table: Mapping[str, Json], *, where: str) -> ServerSettings:
    """The settings of a `[server]` table; raises ConfigError."""
    _known(table, SERVER_KEYS, where=where)
    proxies = table.get("trusted_proxies", ())
    if isinstance(proxies, str) or not isinstance(proxies, list | tuple):
        raise ConfigError(
            "'trusted_proxies' must be a list of addresses", where=where, hint='Write ["10.0.0.1"]'
        )
    rate = table.get("requests_per_second", 100.0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1e6:
        raise ConfigError(
            "'requests_per_second' must be a positive number", where=where, hint=f"It is {rate!r}"
        )
    programs = table.get("playground_programs", False)
    if not isinstance(programs, bool):
        raise ConfigError(
            "'playground_programs' must be true or false", where=where, hint=f"It is {programs!r}"
        )
    oidc = table.get("oidc")
    return ServerSettings(
        public_url=_url(_text(table, "public_url", where=where), where=where),
        trusted_proxies=tuple(str(item) for item in proxies),
        requests_per_second=float(rate),
        feedback_origins=_origins(table.get("feedback_origins", ()), where=where),
        playground_programs=programs,
        oidc=None if oidc is None else _oidc(oidc, where=f"{where} [server.oidc]"),
    )


def _oidc(table: Json, *, where: str) -> OidcSettings:
    if not isinstance(table, Mapping):
        raise ConfigError("must be a table", where=where, hint="Write [server.oidc] and its keys below it")
    _known(table, OIDC_KEYS, where=where)
    issuer, client_id = (_text(table, key, where=where) for key in ("issuer", "client_id"))
    if not issuer or not client_id:
        raise ConfigError("'issuer' and 'client_id' are needed", where=where, hint="Ask your provider")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigError("'issuer' must be an https address", where=where, hint=f"It is {issuer!r}")
    role = _text(table, "default_role", where=where)
    if role and role not in Role.__members__:
        raise ConfigError(
            f"'default_role' is no role: {role!r}", where=where, hint=f"Choose {', '.join(Role.__members__)}"
        )
    return OidcSettings(
        issuer=issuer,
        client_id=client_id,
        client_secret=_secret(_text(table, "client_secret", where=where), where=where),
        name_claim=_text(table, "name_claim", where=where) or "preferred_username",
        default_role=Role[role] if role else None,
        label=_text(table, "label", where=where) or "your organisation",
    )


def _secret(text: str, *, where: str) -> str:
    if not text:
        return ""
    if not text.startswith("$"):
        raise ConfigError(
            "'client_secret' must name an environment variable",
            where=where,
            hint='Write "$NAME", not the secret',
        )
    value = os.environ.get(text[1:], "")
    if not value:
        raise ConfigError(f"the environment variable {text[1:]} is empty", where=where, hint="Set it")
    return value


def _origins(value: Json, *, where: str) -> tuple[str, ...]:
    """Origins as a browser writes them (RFC 6454 §6.2): lower case, no path, no default port."""
    listed = value if isinstance(value, list | tuple) else [None]
    for item in listed:
        parts = urlsplit(item) if isinstance(item, str) else None
        if parts is None or parts.scheme not in ("http", "https") or item != _origin(parts):
            raise ConfigError(
                "'feedback_origins' must be a list of origins as a browser sends them",
                where=where,
                hint='Write ["https://app.example"]: each by name, without a path',
            )
    return tuple(str(item) for item in listed)


def _origin(parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + ("" if port in (None, default) else f":{port}") if host else ""


def _url(text: str, *, where: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/")):
        raise ConfigError(
            "'public_url' must be an address without a path", where=where, hint='Write "https://HOST"'
        )
    return text.rstrip("/")


def _text(table: Mapping[str, Json], key: str, *, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"'{key}' must be text", where=where, hint=f'It is {value!r}: write it in "…"')
    return value


def _known(table: Mapping[str, Json], keys: tuple[str, ...], *, where: str) -> None:
    for key in table:
        if key not in keys:
            raise ConfigError(f"unknown key '{key}'", where=where, hint=f"Known: {', '.join(keys)}")
