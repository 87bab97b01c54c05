"""Keys stay out of records: what is a secret, and how it is taken out of a text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from steelyard.core import ConfigError

HIDDEN = "***"
_SECRET_NAME = re.compile(r"key|token|secret|passw|credential|auth|cookie|signature|\bsig\b", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_PATTERNS = (
    re.compile(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=\-]{6,}"),
    re.compile(
        r"(?i)((?:x-api-key|api[-_]?key|authorization)[\"']?\s*[:=]\s*[\"']?)(?!bearer|basic|\*)[^\s\"',&}]{6,}"
    ),
    re.compile(r"(://)[^/\s@\"']*:[^/\s@\"']*(?=@)"),
    re.compile(r"()\b(?:sk|pk|rk|xai|gsk|ghp|hf)[-_][A-Za-z0-9_\-]{12,}"),
)
_SHORTEST = 6
"""Shorter values are not hidden: replacing every `1` or `none` would destroy messages and hide nothing."""


class Redactor:
    """Replaces known secrets, and what looks like one, by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms: set[str] = set()
        for secret in secrets:
            for part in {secret, secret.rpartition(" ")[2]}:
                if len(part) >= _SHORTEST:
                    forms.update((part, quote(part, safe="")))
        self._secrets = tuple(sorted(forms, key=len, reverse=True))
        self._raw = tuple(form.encode() for form in self._secrets)

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def __call__(self, text: str, *, limit: int = 500) -> str:
        """The text on one line without secrets or what looks like them, at most `limit` characters."""
        clean = self.exact(text[: limit * 8])
        for pattern in _PATTERNS:
            clean = pattern.sub(rf"\1{HIDDEN}", clean)
        line = " ".join(clean.split())
        return line if len(line) <= limit else line[: limit - 1] + "…"

    def exact(self, text: str) -> str:
        """The text without the known secrets; nothing else is touched."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def clean_bytes(self, raw: bytes) -> bytes:
        """An answer's bytes without the known secrets: a server may echo our key."""
        for secret in self._raw:
            if secret in raw:
                raw = raw.replace(secret, HIDDEN.encode())
        return raw

    def with_secrets(self, secrets: Iterable[str]) -> Redactor:
        """A redactor that knows these secrets too."""
        return Redactor((*self._secrets, *secrets))


def environment_secrets(environ: Mapping[str, str]) -> list[str]:
    """Values of environment variables whose name says that they are secret."""
    return [value for name, value in environ.items() if _SECRET_NAME.search(name) and len(value) >= 8]


def expand_variables(text: str, environ: Mapping[str, str], *, where: str) -> tuple[str, bool]:
    """The text with `$NAME` and `${NAME}` replaced, and whether any was; ConfigError for an unset one."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        found = environ.get(name)
        if not found:
            raise ConfigError(
                f"environment variable {name} is not set", where=where, hint=f"export {name}=… and run again"
            )
        return found

    expanded, count = _VARIABLE.subn(value, text)
    return expanded, count > 0


def is_secret_name(name: str) -> bool:
    """Whether a header or parameter of this name carries a credential."""
    return _SECRET_NAME.search(name) is not None


def url_without_secrets(url: str) -> str:
    """The URL without user, password and fragment, its query values hidden."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{quote(key)}={HIDDEN}" for key, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def url_secrets(url: str) -> list[str]:
    """Password and query values of a URL, as written and decoded: any of them may be a key."""
    parts = urlsplit(url)
    found = [value for _, value in parse_qsl(parts.query)]
    userinfo = parts.netloc.rpartition("@")[0]
    if userinfo:
        password = unquote(userinfo.partition(":")[2] or userinfo)
        found += [password, base64.b64encode(unquote(userinfo).encode()).decode()]
    return found
