"""`steelyard traces`: what production did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from steelyard.app._files import written_whole
from steelyard.app._trace_json import node_rows, score_json, trace_json
from steelyard.app._trace_settings import read_trace_settings
from steelyard.app.cli._options import Door, door, limit_option, terminal_width, wants_color
from steelyard.core import InputError, Json, UsageError
from steelyard.reports import render_table
from steelyard.store.spans import Spans, open_spans
from steelyard.traces import (
    FORMATS,
    TERMS,
    Ingest,
    SpanRedaction,
    StoredSpan,
    TraceQuery,
    TraceRow,
    TraceTree,
    assemble,
    encode_json,
    read_trace_file,
    span_detail,
)

_DEFAULT = "default"


@click.group()
def traces() -> None:
    """Traces: import, list, show, export, delete."""


@traces.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--format", "file_format", type=click.Choice(FORMATS), default="auto", show_default=True,
    help="Where detection errs.",
)  # fmt: skip
@click.option(
    "--redact", is_flag=True, help="Replace e-mail addresses, keys and card numbers before storing."
)
@door
def import_traces(opened: Door, files: tuple[Path, ...], file_format: str, redact: bool) -> None:  # noqa: FBT001
    """Bring in traces: OTLP as JSON, JSON lines or protobuf, Langfuse exports, logs of chat requests,
    τ-bench trajectories, Inspect logs. Importing a file again adds nothing.
    """
    sums = {"received": 0, "accepted": 0, "duplicates": 0}
    rejected: dict[str, int] = {}
    with _spans(opened) as store:
        ingest = Ingest(store, redaction=chosen_redaction(opened, also_personal=redact))
        for path in files:
            for request in read_trace_file(path, file_format):
                result = ingest.decoded(request, project=project_name(opened))
                for key in sums:
                    sums[key] += getattr(result, key)
                for reason, count in result.rejected.items():
                    rejected[reason] = rejected.get(reason, 0) + count
        spans, count = store.count_spans(project_name(opened))
    if not sums["received"]:
        raise InputError("no span was found", where=str(files[0]), hint="Is it a file of traces?")
    opened.answer(
        {**sums, "rejected": rejected, "total_spans": spans, "total_traces": count},
        lambda: _imported_text(sums, rejected, spans=spans, count=count),
    )


@traces.command("list")
@limit_option
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="COLUMN=VALUE",
    help=f"One of {', '.join(TERMS)}; repeatable.",
)
@click.option("--failed", is_flag=True, help="Only traces with an error.")
@click.option("--disliked", is_flag=True, help="Only traces with feedback that says it was bad.")
@click.option("--since", metavar="TIME", help="Received from this time on (ISO 8601).")
@click.option("--until", metavar="TIME", help="Received before this time.")
@click.option(
    "--search", "words", metavar="WORDS", help="Only traces with a span that holds all these words."
)
@click.option("--cursor", default="", help="Go on where the page before ended.")
@door
def list_traces(opened: Door, /, **given: Any) -> None:
    """List traces, newest first."""
    with _spans(opened) as store:
        if given["words"]:
            rows, following = _searched(store, opened, given), ""
        else:
            page = store.list_traces(_query(opened, given))
            rows, following = list(page.traces), page.next
        spans, count = store.count_spans(project_name(opened))
    document: dict[str, Json] = {
        "total_spans": spans,
        "total_traces": count,
        "traces": [trace_json(row) for row in rows],
        "next": following,
    }
    opened.answer(document, lambda: _list_text(rows, spans=spans, count=count, following=following))


@traces.command("show")
@click.argument("reference", metavar="TRACE")
@click.option("--payloads", is_flag=True, help="With inputs, outputs and attributes (--json).")
@door
def show(opened: Door, reference: str, payloads: bool) -> None:  # noqa: FBT001 - click passes options
    """Show a trace as a waterfall, by its id or the beginning of it."""
    with _spans(opened) as store:
        trace_id = store.find_trace(reference, project=project_name(opened))
        spans = store.trace_spans(trace_id, project=project_name(opened))
        scores, logs = store.trace_extras(trace_id, project=project_name(opened))
        held = store.span_payloads([span.no for span in spans]) if payloads and opened.as_json else {}
    tree = assemble([span.row for span in spans])
    details = {no: span_detail(data, logs=logs).as_json() for no, data in held.items()}
    totals = tree.totals
    document: dict[str, Json] = {
        "trace": trace_id,
        "totals": {name: getattr(totals, name) for name in totals.__slots__},
        "spans": list(node_rows(spans, tree.nodes, details)),
        "scores": [score_json(score) for score in scores],
    }
    opened.answer(document, lambda: _waterfall(trace_id, spans, tree))


@traces.command("export")
@click.argument("references", nargs=-1, metavar="[TRACE…]")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write.")
@door
def export(opened: Door, references: tuple[str, ...], output: Path) -> None:
    """Write traces, or all of them, as OTLP JSON: one request a line, that any OpenTelemetry tool reads."""
    count = 0
    with _spans(opened) as store, written_whole(output) as file:
        for trace_id in _chosen(store, opened, references):
            for payload in _payloads(store, store.trace_spans(trace_id, project=project_name(opened))):
                file.write((json.dumps(encode_json(payload), ensure_ascii=True) + "\n").encode("ascii"))
                count += 1
    opened.answer({"path": str(output), "spans": count}, lambda: f"Wrote {count:,} spans to {output}")


@traces.command("delete")
@click.argument("references", nargs=-1, metavar="[TRACE…]")
@click.option("--user", default="", metavar="ID", help="Every trace in which this user appears.")
@door
def delete(opened: Door, references: tuple[str, ...], user: str) -> None:
    """Delete traces, with payloads, scores, feedback and search entries; they do not come back."""
    if bool(references) == bool(user):
        raise UsageError("say which traces, or whose", hint="Write TRACE …, or --user ID")
    with _spans(opened) as store:
        if user:
            gone = store.delete_user(project_name(opened), user)
        else:
            found = [store.find_trace(reference, project=project_name(opened)) for reference in references]
            gone = store.delete_traces(project_name(opened), found)
    opened.answer({"deleted_spans": gone}, lambda: f"Deleted {gone:,} spans.")


def _spans(opened: Door) -> Spans:
    return open_spans(opened.project.store)


def chosen_redaction(opened: Door, *, also_personal: bool) -> SpanRedaction | None:
    """What the project's settings take out, and with `--redact` personal data besides."""
    where = f"{opened.project.file or ''} [traces]".strip()
    rules = read_trace_settings(opened.project.traces, where=where).redaction
    if also_personal:
        rules = replace(rules, known=tuple({*rules.known, "email", "key", "card"}))
    return None if rules.is_empty else SpanRedaction(rules)


def project_name(opened: Door) -> str:
    """What the project is called in the store."""
    return opened.project.name or _DEFAULT


def _query(opened: Door, given: dict[str, Any]) -> TraceQuery:
    terms: dict[str, str] = {}
    for condition in given["conditions"]:
        column, equals, value = condition.partition("=")
        if not equals or column not in TERMS:
            raise UsageError(
                f"'{condition}' is no condition",
                where="--where",
                hint=f"Write one of {', '.join(TERMS)}=VALUE",
            )
        terms[column] = value
    return TraceQuery(
        project=project_name(opened),
        since=moment_option(given["since"], "--since"),
        until=moment_option(given["until"], "--until"),
        terms=terms,
        failed=given["failed"],
        disliked=given["disliked"],
        limit=min(given["limit"], 1000),
        cursor=given["cursor"],
    )


def _searched(store: Spans, opened: Door, given: dict[str, Any]) -> list[TraceRow]:
    while store.index_spans():
        pass
    found = store.search_spans(given["words"], project=project_name(opened), limit=given["limit"])
    ids = dict.fromkeys(span.row.trace_id.hex() for span in found)
    return store.get_traces(list(ids), project=project_name(opened))


def moment_option(text: str | None, where: str) -> datetime | None:
    """The time that an option gives; raises UsageError for what is none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no time", where=where, hint="Write 2026-01-31T12:00") from None
    return moment if moment.tzinfo else moment.astimezone()


def _chosen(store: Spans, opened: Door, references: Sequence[str]) -> Iterator[str]:
    if references:
        for reference in references:
            yield store.find_trace(reference, project=project_name(opened))
        return
    cursor = ""
    while True:
        page = store.list_traces(TraceQuery(project=project_name(opened), limit=500, cursor=cursor))
        yield from (row.trace_id for row in page.traces)
        if not (cursor := page.next):
            return


def _payloads(store: Spans, spans: Sequence[StoredSpan]) -> Iterator[bytes]:
    for first in range(0, len(spans), 1000):
        held = store.span_payloads([span.no for span in spans[first : first + 1000]])
        yield from (held[number] for number in sorted(held))


def _imported_text(sums: dict[str, int], rejected: dict[str, int], *, spans: int, count: int) -> str:
    lines = [f"{sums['accepted']:,} of {sums['received']:,} spans and log records are new."]
    if sums["duplicates"]:
        lines.append(f"{sums['duplicates']:,} were there already.")
    lines += [f"rejected: {number:,} × {reason}" for reason, number in sorted(rejected.items())]
    return "\n".join([*lines, f"The store holds {count:,} traces of {spans:,} spans: steelyard traces list"])


def _list_text(rows: Sequence[TraceRow], *, spans: int, count: int, following: str) -> str:
    if not count:
        return "No trace yet. Bring some in: steelyard traces import FILE\n"
    if not rows:
        return f"No trace is like that: the store holds {count:,} traces of {spans:,} spans.\n"
    cells = [
        (
            row.trace_id[:12],
            row.name,
            f"{row.received:%Y-%m-%d %H:%M}",
            str(row.spans),
            str(row.errors),
            "" if row.duration_us is None else f"{row.duration_us / 1e6:.2f}",
            "" if row.cost_usd is None else f"{row.cost_usd:.4f}",
            row.input_preview,
        )
        for row in rows
    ]
    titles = ("trace", "name", "received", "spans", "errors", "seconds", "US$", "input")
    drawn = render_table(titles, cells, width=terminal_width(), color=wants_color())
    last = f"\nMore: --cursor {following}" if following else ""
    return f"{count:,} traces of {spans:,} spans; {len(rows):,} shown, newest first.\n\n{drawn}{last}"


def _waterfall(trace_id: str, spans: Sequence[StoredSpan], tree: TraceTree) -> str:
    totals = tree.totals
    cells = []
    for node in tree.nodes:
        row = spans[node.place].row
        cells.append(
            (
                "· " * min(node.depth, 12) + row.name,
                row.kind,
                f"{node.offset_us / 1e6:.3f}" if row.start_us is not None else "",
                "" if node.duration_us is None else f"{node.duration_us / 1e6:.3f}",
                "" if row.input_tokens is None else str(row.input_tokens),
                "" if row.output_tokens is None else str(row.output_tokens),
                row.error or node.note or row.output_preview,
            )
        )
    titles = ("span", "kind", "at s", "takes s", "in", "out", "output or error")
    said = [f"{totals.spans:,} spans", f"{totals.errors:,} failed"]
    if totals.duration_us is not None:
        said.append(f"{totals.duration_us / 1e6:.2f} s")
    if totals.input_tokens is not None or totals.output_tokens is not None:
        said.append(f"{totals.input_tokens or 0:,} tokens in, {totals.output_tokens or 0:,} out")
    if totals.cost_usd is not None:
        said.append(f"US$ {totals.cost_usd:.4f}")
    drawn = render_table(titles, cells, width=terminal_width(), color=wants_color())
    return f"trace {trace_id}: {', '.join(said)}.\n\n{drawn}"
