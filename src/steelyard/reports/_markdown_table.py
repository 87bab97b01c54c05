"""Tables of plain rows in Markdown, with foreign text kept inert."""

from __future__ import annotations

from collections.abc import Sequence

from steelyard.reports._markdown import escape_markdown

Row = tuple[str, ...]


def markdown_table(heads: Row, rows: Sequence[Row], *, code: Sequence[int] = ()) -> str:
    """A table whose cells are escaped, those of the columns `code` inert; empty without rows."""
    if not rows:
        return ""
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for row in rows:
        cells = [
            f"<code>{escape_markdown(text)}</code>" if at in code and text else escape_markdown(text)
            for at, text in enumerate(row)
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
