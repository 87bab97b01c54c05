"""Prompts are files with placeholders: loaded, hashed, and filled in one safe pass.

`{{ name }}` is the whole language. A value is inserted once and never read again as a template, so a
case cannot smuggle instructions to the template in. Anything else in double braces stays as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from steelyard.core import Case, ConfigError, Json, canonical_json

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w]*(?:\.[\w-]+)*)\s*\}\}")
_FILE = "file:"


class Template:
    """A text with `{{ name }}` placeholders, split once and filled often."""

    def __init__(self, text: str, *, name: str) -> None:
        pieces = _PLACEHOLDER.split(text)
        self.text = text
        self.name = name
        self.variables = tuple(dict.fromkeys(pieces[1::2]))
        self._literals = pieces[0::2]
        self._names = pieces[1::2]

    def __repr__(self) -> str:
        return f"Template({self.name!r}, variables={list(self.variables)})"

    @property
    def sha256(self) -> str:
        """SHA-256 of the text's UTF-8 bytes."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def render(self, case: Case, *, given: Json = None) -> str:
        """The text with each placeholder replaced; `given` stands in for the case's input when not None.

        Raises ConfigError naming file and placeholder when the case has no such value.
        """
        if not self._names:
            return self.text
        return self.substitute(
            {name: as_text(lookup(name, case, given=given, where=self.name)) for name in self.variables}
        )

    def substitute(self, values: Mapping[str, str]) -> str:
        """The text with each placeholder replaced by its value."""
        parts = [self._literals[0]]
        for name, literal in zip(self._names, self._literals[1:], strict=True):
            parts += (values[name], literal)
        return "".join(parts)

    @property
    def is_one_placeholder(self) -> bool:
        """Whether the text is one placeholder and nothing else."""
        return len(self._names) == 1 and not any(self._literals)


def load_prompt(value: str, *, setting: str, folder: Path, where: str) -> Template:
    """The prompt that a setting holds: its text, or the file that `file:PATH` names.

    Files are UTF-8; a byte order mark is dropped and line ends become `\\n`, so that a checkout on
    another system has the same hash. Raises ConfigError when the file cannot be read.
    """
    if not value.startswith(_FILE):
        return Template(value, name=setting)
    name = value[len(_FILE) :].strip()
    try:
        text = (folder / name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{setting} names a file that does not exist: {name}",
            where=where,
            hint=f"Paths are relative to {folder}",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{setting}: {name} cannot be read: {error}", where=where) from error
    return Template(text, name=name)


def lookup(name: str, case: Case, *, given: Json = None, where: str) -> Json:
    """The value of a placeholder: `input`, `context`, or a (dotted) field of an object input.

    Raises ConfigError naming the placeholder; `expected` is never offered: it would hand out the answer.
    """
    source = case.input if given is None else given
    head, _, rest = name.partition(".")
    fields: Mapping[str, Json] = source if isinstance(source, Mapping) else {}
    found: Json
    if head in fields:
        found = fields[head]
    elif head == "input":
        found = source
    elif head == "context":
        found = "\n\n".join(case.context)
    else:
        raise _missing(name, case, fields, where)
    for step in rest.split(".") if rest else ():
        if not isinstance(found, Mapping) or step not in found:
            raise _missing(name, case, fields, where)
        found = found[step]
    return found


def as_text(value: Json) -> str:
    """A value as it stands in a prompt: text as it is, nothing as nothing, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else canonical_json(value)


def _missing(name: str, case: Case, fields: Mapping[str, Json], where: str) -> ConfigError:
    offered = ", ".join(["input", "context", *sorted(fields)][:20])
    return ConfigError(
        f"the prompt asks for {{{{ {name} }}}}, which case {case.id} does not have",
        where=where,
        hint=f"This case offers {offered}",
    )
