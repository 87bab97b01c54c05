"""What may be shown of a setting: names of variables, never what is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from steelyard.core import Json
from steelyard.targets import Redactor, environment_secrets, is_secret_name

HIDDEN = "•••"
_LONGEST = 160
_USERINFO = re.compile(r"(://)[^/\s?#]*(?=@)")
_OPTION = re.compile(r"(?<!\S)(--?([\w-]+)\s+)('[^']*'|\"[^\"]*\"|[^\s-]\S*)")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_PLAIN_QUERY = frozenset(
    {"base_url", "temperature", "top_p", "max_tokens", "seed", "timeout", "stream", "logprobs", "criteria"}
)


class Shower:
    """Says settings so that no secret is seen: values of secret names, passwords in addresses, known keys."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._redact = Redactor(environment_secrets(environ))

    def say(self, name: str, value: Json) -> str:
        """The setting's value in words."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return f"{value:,}" if isinstance(value, int) else f"{value:g}"
        if isinstance(value, str):
            return self._text(name, value)
        return self._redact(json.dumps(self._inside(name, value), ensure_ascii=False), limit=_LONGEST)

    def _text(self, name: str, text: str) -> str:
        variables = [first or second for first, second in _VARIABLE.findall(text)]
        if is_secret_name(name):
            if not variables:
                return f"{HIDDEN} (set, not shown)"
            return ", ".join(f"${each} ({self._state(each)})" for each in variables)
        shown = _address(text)
        if text.startswith("command:"):
            shown = _OPTION.sub(_option, shown)
        return self._redact(shown, limit=_LONGEST)

    def _state(self, variable: str) -> str:
        return "set" if self._environ.get(variable) else "not set"

    def _inside(self, name: str, value: Json) -> Json:
        """The same for tables and lists; every value of a table of headers is a secret."""
        if isinstance(value, Mapping):
            return {
                key: self._inside("key" if name == "headers" else str(key), each)
                for key, each in value.items()
            }
        if isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, list | tuple):
            return [self._inside(name, each) for each in value]
        return value


def _option(found: re.Match[str]) -> str:
    """An option of a program and the word after it, which is a secret where the option's name says so."""
    name = found.group(2)
    is_secret = is_secret_name(name) and name.replace("-", "_") not in _PLAIN_QUERY
    return f"{found.group(1)}{HIDDEN}" if is_secret else found.group()


def _address(text: str) -> str:
    """A URI without user, password and query values that nobody knows to be harmless."""
    shown = _USERINFO.sub(rf"\1{HIDDEN}", text)
    head, mark, query = shown.partition("?")
    if not mark or ("://" not in text and ":" not in head):
        return shown
    pairs = parse_qsl(query, keep_blank_values=True)
    if not pairs:
        return shown
    said = "&".join(f"{key}={value if key in _PLAIN_QUERY else HIDDEN}" for key, value in pairs)
    return f"{head}?{said}"
