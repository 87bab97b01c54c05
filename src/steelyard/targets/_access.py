"""Address, key and extra headers of an HTTP target: read from settings and environment, never recorded."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from steelyard.core import ConfigError, Json, canonical_json
from steelyard.targets._secrets import (
    Redactor,
    environment_secrets,
    expand_variables,
    is_secret_name,
    url_secrets,
    url_without_secrets,
)
from steelyard.targets._spec import TargetSpec, table_setting, text_setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach an endpoint. Everything but `shown` may hold secrets and is never recorded."""

    url: str = field(repr=False)
    """The base address, query included, user and password removed."""
    shown: str
    """The same for people and records."""
    headers: Mapping[str, str] = field(repr=False)
    """Extra headers, variables filled in."""
    key: str = field(repr=False)
    """The provider's key; empty when there is none."""
    secrets: tuple[str, ...] = field(repr=False)
    """Every value that must not be recorded."""
    scope: str
    """SHA-256 of what else can change an answer: URL and headers, without credentials."""

    @property
    def redact(self) -> Redactor:
        """Takes the secrets out of texts."""
        return Redactor(self.secrets)

    def at(self, path: str) -> str:
        """The address of an endpoint below the base."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}{path}", parts.query, ""))


def read_access(
    spec: TargetSpec, settings: Mapping[str, Json], *, url: str, key_variable: str = "", own_url: bool = True
) -> Access:
    """Where and with which credentials to call.

    The key is the setting `api_key` (`$NAME` for an environment variable), else the variable
    `key_variable`. An address of the caller's own (`own_url`) needs none, and gets the variable's
    only over TLS or on this machine: a key is not sent across a network in the clear unless asked for.
    Raises ConfigError naming the variable when a key is needed and missing.
    """
    url, _ = expand_variables(url, spec.environ, where=spec.where)
    headers, secrets = _headers(spec, table_setting(settings, "headers"))
    stated = text_setting(settings, "api_key")
    key = expand_variables(stated, spec.environ, where=spec.where)[0] if stated else ""
    if not key and key_variable and (not own_url or _is_private_way(url)):
        key = spec.environ.get(key_variable, "")
    if not key and key_variable and not own_url:
        raise ConfigError(
            f"environment variable {key_variable} is not set",
            where=spec.where,
            hint=f"export {key_variable}=…, or name a server of your own with base_url",
        )
    parts = urlsplit(url)
    userinfo, _, netloc = parts.netloc.rpartition("@")
    if userinfo:
        encoded = base64.b64encode(unquote(userinfo).encode()).decode("ascii")
        headers.setdefault("Authorization", f"Basic {encoded}")
    scoped = sorted((name.lower(), value) for name, value in headers.items() if not is_secret_name(name))
    return Access(
        url=urlunsplit((parts.scheme, netloc, parts.path, parts.query, "")),
        shown=url_without_secrets(url),
        headers=headers,
        key=key,
        secrets=tuple(
            {*secrets, *url_secrets(url), *environment_secrets(spec.environ), *((key,) if key else ())}
        ),
        scope=hashlib.sha256(
            canonical_json([parts.path, parts.query, [list(item) for item in scoped]]).encode()
        ).hexdigest(),
    )


def _headers(spec: TargetSpec, table: Mapping[str, Json]) -> tuple[dict[str, str], list[str]]:
    headers: dict[str, str] = {}
    secrets: list[str] = []
    for name, value in table.items():
        if not isinstance(value, str):
            raise ConfigError(f"header {name} must be text", where=spec.where)
        filled, from_environment = expand_variables(value, spec.environ, where=spec.where)
        if "\n" in filled or "\r" in filled or not filled.isprintable() or not name.isascii():
            raise ConfigError(f"header {name} holds a character that no header may hold", where=spec.where)
        headers[name] = filled
        if from_environment or is_secret_name(name):
            secrets.append(filled)
    return headers, secrets


def _is_private_way(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
