"""From an answer to the programs that it may mean, in the order in which they are tried."""

from __future__ import annotations

import re
import textwrap
from typing import Literal

Extraction = Literal["auto", "completion"]

_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
_INDENT = "    "


def possible_programs(
    prompt: str, answer: str, *, entry_point: str, extract: Extraction
) -> list[tuple[str, str]]:
    """(rule, source), of which the first that compiles is run; never empty.

    `completion` appends the answer to the prompt. `auto` then tries, in this order: the completion with
    the first line's lost indentation put back; each Markdown block appended to the prompt, those that
    define the function first; each such block alone; and the answer alone if it defines the function.
    """
    found = [("completion", _joined(prompt, answer))]
    if extract == "completion":
        return found
    if answer[:1].strip():
        found.append(("indented completion", _joined(prompt, _INDENT + answer)))
    defines = re.compile(rf"^\s*(?:async\s+)?def\s+{re.escape(entry_point)}\b", re.MULTILINE)
    blocks = [match.group(2) for match in _FENCED.finditer(answer)]
    blocks.sort(key=lambda block: defines.search(block) is None)
    for block in blocks:
        found.append(("fenced completion", _joined(prompt, block)))
        if defines.search(block):
            found.append(("fenced program", textwrap.dedent(block)))
    if defines.search(answer):
        found.append(("program", textwrap.dedent(answer)))
    return found


def _joined(prompt: str, body: str) -> str:
    return f"{prompt}{body}\n"
