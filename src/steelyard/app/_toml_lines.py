"""Where each key of a project file stands: the parser that reads it tells no lines."""

from __future__ import annotations

import re
import tomllib

Place = tuple[str, ...]
"""Tables and key, from the outside in."""

_TABLE = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_FENCES = ('"""', "'''")


def key_lines(text: str) -> dict[Place, int]:
    """Table or key to its line, from 1; keys inside inline tables have the line of the table's own key.

    What is no TOML has no lines.
    """
    found: dict[Place, int] = {}
    table: Place = ()
    fence = ""
    depth = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if fence:
            fence = "" if line.count(fence) % 2 else fence
            continue
        if depth > 0:
            depth += _opened(line)
            continue
        if head := _TABLE.match(line):
            table = _parts(head[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
            rest = line[key.end() :]
            fence = next((each for each in _FENCES if rest.count(each) % 2), "")
            depth = 0 if fence else max(0, _opened(rest))
    return found


def _parts(dotted: str) -> Place:
    """The names in a dotted key, which may be quoted."""
    try:
        found = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    names = []
    inner: object = found
    while isinstance(inner, dict) and inner:
        name, inner = next(iter(inner.items()))
        names.append(name)
    return tuple(names)


def _opened(line: str) -> int:
    """How many brackets a line leaves open, strings and comments aside."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*', "", line)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
