"""`steelyard feedback`: what people and business systems said of answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from steelyard.app.cli._options import Door, door, limit_option, terminal_width, wants_color
from steelyard.app.cli._traces import chosen_redaction, moment_option, project_name
from steelyard.core import InputError, Json, SystemClock, UsageError, parse_json
from steelyard.reports import one_line, render_table
from steelyard.store.spans import open_spans
from steelyard.text import read_lines
from steelyard.traces import (
    FEEDBACK_FIELDS,
    FEEDBACK_KINDS,
    FEEDBACK_TONES,
    Feedback,
    FeedbackQuery,
    FeedbackReading,
    FeedbackTaken,
    Refused,
    SpanRedaction,
    StoredFeedback,
    read_feedback,
)

_TOGETHER = 1000
_SHOWN = 20


@click.group()
def feedback() -> None:
    """Feedback on answers: add, import, list, delete."""


@feedback.command("add")
@click.option("--kind", type=click.Choice(FEEDBACK_KINDS), required=True, help="What it is.")
@click.option("--trace", metavar="ID", help="The trace that it is about: 32 hexadecimal digits.")
@click.option("--span", metavar="ID", help="A span of the trace: 16 hexadecimal digits.")
@click.option("--session", metavar="NAME", help="The session that it is about.")
@click.option("--user", metavar="NAME", help="The user that it is about.")
@click.option("--name", help="What was asked (helpful), or what happened (refunded).")
@click.option("--value", help="up or down for a thumb, a number for a score.")
@click.option("--label", help="A reason in a word.")
@click.option("--text", help="The edited answer, or what was said.")
@click.option("--id", "given_id", metavar="ID", help="Your name for it; by default made from what it says.")
@door
def add(opened: Door, /, **given: Any) -> None:
    """Add one item; adding the same again counts once."""
    item: dict[str, Json] = {key: value for key, value in given.items() if value is not None}
    if "given_id" in item:
        item["id"] = item.pop("given_id")
    if item["kind"] != "thumb" and "value" in item:
        item["value"] = _number(str(item["value"]))
    prefix = "" if "id" in item else _digest(repr(sorted(item.items())))
    item["time"] = SystemClock().now().isoformat()
    redaction = chosen_redaction(opened, also_personal=False)
    clean = None if redaction is None else redaction.texts()
    items, refused = read_feedback(item, FeedbackReading(id_prefix=prefix, redaction=clean))
    if refused:
        raise UsageError(refused[0].reason, hint="See steelyard feedback add --help")
    with open_spans(opened.project.store) as store:
        taken = store.feedback.add_feedback(project_name(opened), items)
    opened.answer({**taken.as_json(), "id": items[0].id}, lambda: _taken_text(taken))


@feedback.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--redact", is_flag=True, help="Replace e-mail addresses, keys and card numbers before storing."
)
@door
def import_feedback(opened: Door, files: tuple[Path, ...], redact: bool) -> None:  # noqa: FBT001 - click passes options
    """Bring in feedback: JSON lines, each an item as the API takes it. A file imported again adds nothing."""
    sums = FeedbackTaken()
    redaction = chosen_redaction(opened, also_personal=redact)
    with open_spans(opened.project.store) as store:
        for path in files:
            for items, refused in _chunks(path, redaction):
                reasons = [each.reason for each in refused]
                taken = store.feedback.add_feedback(project_name(opened), items, refused=reasons)
                sums = sums.plus(taken).plus(FeedbackTaken(refused=refused))
    if sums.refused and not (sums.accepted or sums.revised or sums.duplicates):
        raise InputError(
            "no line is feedback",
            where=str(files[0]),
            hint=f"Fields: {', '.join(FEEDBACK_FIELDS)}",
            details=[f"line {each.index}: {each.reason}" for each in sums.refused[:_SHOWN]],
        )
    rejected: list[Json] = [
        {"line": each.index, "id": each.id, "reason": each.reason} for each in sums.refused
    ]
    opened.answer({**sums.as_json(), "rejected": rejected}, lambda: _taken_text(sums))


@feedback.command("list")
@limit_option
@click.option("--trace", default="", metavar="ID", help="On this trace and its spans.")
@click.option("--span", default="", metavar="ID", help="On this span of the trace.")
@click.option("--session", default="", metavar="NAME", help="On this session and its traces.")
@click.option("--user", default="", metavar="NAME", help="On this user and their traces.")
@click.option("--kind", type=click.Choice(FEEDBACK_KINDS), help="Of this kind.")
@click.option("--tone", type=click.Choice(FEEDBACK_TONES), help="Saying this of the answer.")
@click.option("--since", metavar="TIME", help="Received from this time on (ISO 8601).")
@click.option("--until", metavar="TIME", help="Received before this time.")
@click.option("--cursor", default="", help="Go on where the page before ended.")
@door
def list_feedback(opened: Door, /, **given: Any) -> None:
    """List feedback, newest first."""
    query = FeedbackQuery(
        project=project_name(opened),
        trace_id=given["trace"].lower(),
        span_id=given["span"].lower(),
        session=given["session"],
        user=given["user"],
        kind=given["kind"],
        tone=given["tone"],
        since=moment_option(given["since"], "--since"),
        until=moment_option(given["until"], "--until"),
        limit=min(given["limit"], 1000),
        cursor=given["cursor"],
    )
    with open_spans(opened.project.store) as store:
        page = store.feedback.list_feedback(query)
    document: dict[str, Json] = {"feedback": [item.as_json() for item in page.items], "next": page.next}
    opened.answer(document, lambda: _list_text(page.items, following=page.next))


@feedback.command("delete")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option(
    "--by", "author", default="", metavar="SENDER", help="All that a sender gave: key:PREFIX, or a user."
)
@door
def delete_feedback(opened: Door, ids: tuple[str, ...], author: str) -> None:
    """Delete feedback by its ids, or all of a sender whose key was misused."""
    with open_spans(opened.project.store) as store:
        gone = store.feedback.delete_feedback(project_name(opened), author=author, ids=ids)
    opened.answer({"deleted": gone}, lambda: f"{gone:,} deleted")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"'{one_line(text, 40)}' is no number", where="--value", hint="up or down are for a thumb"
        ) from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _chunks(path: Path, redaction: SpanRedaction | None) -> Iterator[tuple[list[Feedback], list[Refused]]]:
    """What a file holds, a thousand lines at a time; a line without an id is known by what it says."""
    items: list[Feedback] = []
    refused: list[Refused] = []
    for number, line in read_lines(path):
        if not line.strip():
            continue
        clean = None if redaction is None else redaction.texts()
        try:
            document = parse_json(line)
        except ValueError:
            refused.append(Refused(index=number, id="", reason="the line is not JSON"))
            continue
        reading = FeedbackReading(id_prefix=_digest(line), redaction=clean)
        found, wrong = read_feedback([document], reading)
        items += found
        refused += [Refused(index=number, id=each.id, reason=each.reason) for each in wrong]
        if len(items) + len(refused) >= _TOGETHER:
            yield items, refused
            items, refused = [], []
    yield items, refused


def _taken_text(taken: FeedbackTaken) -> str:
    lines = [f"{taken.accepted:,} new, {taken.revised:,} revised, {taken.duplicates:,} there already."]
    lines += [f"rejected: line {each.index}: {each.reason}" for each in taken.refused[:_SHOWN]]
    if len(taken.refused) > _SHOWN:
        lines.append(f"… and {len(taken.refused) - _SHOWN:,} more")
    return "\n".join(lines)


def _list_text(items: Sequence[StoredFeedback], *, following: str) -> str:
    if not items:
        return "No feedback. Bring some in: steelyard feedback import FILE, or send it to the server\n"
    cells = []
    for item in items:
        said = item.as_json()
        about = said["trace"] or said["session"] or said["user"]
        cells.append(
            (
                f"{item.received:%Y-%m-%d %H:%M}",
                str(said["kind"]),
                str(said["name"]),
                "" if said["value"] is None else str(said["value"]),
                str(said["tone"]),
                str(about)[:12],
                str(said["author"] or said["source"]),
                one_line(f"{said['label']} {said['text']}".strip(), 400),
            )
        )
    titles = ("received", "kind", "name", "value", "tone", "about", "by", "said")
    drawn = render_table(titles, cells, width=terminal_width(), color=wants_color())
    return drawn + (f"\nMore: --cursor {following}" if following else "")
