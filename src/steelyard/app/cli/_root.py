"""The root command: which verbs exist, and how errors leave the program."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from steelyard import __version__
from steelyard.app.cli._printing import echo_if_read
from steelyard.core import EXIT_BUG, EXIT_OK, EXIT_USER, SteelyardError

EXIT_INTERRUPTED = 130
SHOWN_DETAILS = 20
_GARBAGE_AFTER = 20_000

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("_init:init", "Make a project here, with an allowed drop that its benchmark can settle."),
    "import": ("_import:import_file", "Bring in what you have: cases and recorded outputs of any tool."),
    "demo": ("_demo:demo", "See all three verdicts in ten seconds, then the real thing."),
    "doctor": ("_doctor:doctor", "Check this machine and this project."),
    "bench": ("_bench:bench", "Benchmarks: add, list, show, diff, check, power, export."),
    "run": ("_run:run", "Run a benchmark against a target."),
    "resume": ("_run:resume", "Go on with a run that was stopped."),
    "score": ("_run:score", "Score a run's stored outputs with another metric."),
    "judge": ("_judge:judge", "Judges: are they fit to judge?"),
    "runs": ("_runs:runs", "Runs: list, show, export."),
    "study": ("_study:study", "Experts: import ratings, agreement, judges held against them."),
    "compare": ("_compare:compare", "Compare two or more runs; the first is the baseline."),
    "robustness": ("_perturb:robustness_command", "Say what typing errors, foreign context and more cost."),
    "consistency": ("_consistency:consistency_command", "Are like questions answered alike, and others not?"),
    "gate": ("_gate:gate", "Decide PASS, FAIL or INCONCLUSIVE by your rules."),
    "report": ("_report:report", "Write a run or a comparison as one HTML file."),
    "release": ("_release:release", "Mark a run as released, as an anchor for later gates."),
    "traces": ("_traces:traces", "Traces: import, list, show, export."),
    "feedback": ("_feedback:feedback", "Feedback on answers: add, import, list, delete."),
    "serve": ("_serve:serve_command", "Look at everything in a browser, and read it through an API."),
    "user": ("_user:user", "Users of the server: add, list, role, passwd, disable, enable."),
    "key": ("_key:key", "Keys for programs that ask the server: add, list, revoke."),
    "audit": ("_audit:audit", "The audit log: list, verify."),
    "backup": ("_backup:backup_command", "Copy the whole store into one file."),
    "restore": ("_backup:restore_command", "Put a backup in the place of the store."),
}
"""Verb to where it is defined and its line in `--help`; a module is imported only when its verb is used."""


class LazyGroup(click.Group):
    """A group that knows its verbs without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All verbs, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one verb."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"steelyard.app.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of verbs, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="steelyard")
def root() -> None:
    """Weigh one version of an AI system against another, and say how sure you are.

    \b
    First steps:
      steelyard demo                 all three verdicts on recorded answers
      steelyard import answers.csv   your own recorded answers
      steelyard compare RUN RUN      what changed, with its uncertainty
      steelyard gate --base RUN --candidate RUN

    Exit codes: 0 done or PASS, 1 FAIL, 2 something you can mend, 3 INCONCLUSIVE, 70 a bug.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process with the contract's exit code."""
    # What a command loads it keeps until it ends: looking for garbage every 700 objects finds none.
    gc.set_threshold(_GARBAGE_AFTER, 20, 50)
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run_program(given))


def run_program(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code and never raises."""
    as_json = "--json" in arguments
    try:
        result = root.main(args=list(arguments), prog_name="steelyard", standalone_mode=False)
    except SystemExit:  # how click ends when the reader of a help page left
        return EXIT_OK
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last line: whatever comes has an exit code
        return _ended(error, as_json=as_json)
    return result if isinstance(result, int) else EXIT_OK


def _ended(error: BaseException, *, as_json: bool) -> int:
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("stopped", err=True)
        return EXIT_INTERRUPTED
    if isinstance(error, click.ClickException):
        return _usage_error(error, as_json=as_json)
    if isinstance(error, SteelyardError):
        return _known_error(error, as_json=as_json)
    return _bug(error, as_json=as_json)


def _usage_error(error: click.ClickException, *, as_json: bool) -> int:
    command = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        command = error.ctx.command_path
    message = error.format_message().rstrip(".")
    hint = f"See: {command or 'steelyard'} --help"
    _print_error("usage", message, where=command, hint=hint, details=(), as_json=as_json)
    return EXIT_USER


def _known_error(error: SteelyardError, *, as_json: bool) -> int:
    _print_error(
        error.kind,
        error.message,
        where=error.where,
        hint=error.hint,
        details=error.details,
        as_json=as_json,
    )
    return error.exit_code


def _bug(error: BaseException, *, as_json: bool) -> int:
    message = f"a bug in Steelyard: {type(error).__name__}: {error}".splitlines()[0]
    hint = "Please report it with the output of the same command under STEELYARD_DEBUG=1"
    _print_error("bug", message, where="", hint=hint, details=(), as_json=as_json)
    if os.environ.get("STEELYARD_DEBUG"):
        traceback.print_exception(error)
    return EXIT_BUG


def _print_error(
    kind: str,
    message: str,
    *,
    where: str,
    hint: str,
    details: Sequence[str],
    as_json: bool,
) -> None:
    """First line: what, where, what to do; then at most 20 details. With --json also on stdout."""
    place = f"{where}: " if where and not message.startswith(where) else ""
    ending = "" if message.endswith("?") else "."
    advice = f"{ending} {hint}" if hint else ""
    lines = [f"error: {place}{message.rstrip('.')}{advice}".replace("\n", " ")]
    lines += [f"  {line}" for line in details[:SHOWN_DETAILS]]
    if len(details) > SHOWN_DETAILS:
        lines.append(f"  … and {len(details) - SHOWN_DETAILS} more")
    echo_if_read(_printable("\n".join(lines)), sys.stderr)
    if as_json:
        body = {"kind": kind, "message": message, "where": where, "hint": hint}
        if details:
            body["details"] = list(details[:SHOWN_DETAILS])  # type: ignore[assignment]
        echo_if_read(json.dumps({"error": body}), sys.stdout)


def _printable(text: str) -> str:
    """Text that a terminal cannot be steered with: control characters and lone surrogates are shown."""
    return "".join(
        char
        if char in "\n\t" or (char.isprintable() and not "\ud800" <= char <= "\udfff")
        else f"\\x{ord(char):02x}"
        for char in text
    )
