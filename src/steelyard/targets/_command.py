"""The `command` target: a program that reads requests and writes answers."""

from __future__ import annotations

import asyncio
import base64
import os
import shlex
import shutil
from collections.abc import Mapping

from steelyard.core import ConfigError, Fault, Json, Output, TargetError, UsageError, canonical_json
from steelyard.targets._child import Child
from steelyard.targets._conversation import attachment_bytes
from steelyard.targets._json_body import decode_body, invalid_output
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._recorded_form import is_recorded_form, live_output
from steelyard.targets._secrets import Redactor, environment_secrets
from steelyard.targets._spec import SettingKind, TargetSpec, read_settings, text_setting, whole_setting

SETTINGS: Mapping[str, SettingKind] = {"command_mode": "text", "processes": "whole"}
_STILLBORN = 3


class CommandTarget:
    """Runs a program, without a shell, in the project folder.

    `command_mode = "lines"` (the default) keeps the program running: each request is a JSON line on its
    standard input (`{"id", "input", "messages", "context", "epoch", "seed"}`), each answer a JSON line
    on its standard output (`{"output": …}` or the recorded form). `"once"` starts it for each request:
    the line comes on standard input, and all of standard output is the answer, JSON of that form or
    plain text. `processes` of them run side by side (1, or for `once` the number of processors).

    A program that ends without answering, or with an exit code other than 0, is a fault of the target
    with the end of its standard error; the next request starts it again. Anything else on standard
    output is an invalid answer. When time runs out the program and all it started are killed.
    """

    def __init__(self, spec: TargetSpec) -> None:
        settings = read_settings(spec, SETTINGS)
        mode = text_setting(settings, "command_mode", "lines")
        if mode not in {"lines", "once"}:
            raise ConfigError(f"command_mode must be lines or once, not {mode}", where=spec.where)
        side_by_side = 1 if mode == "lines" else max(2, os.cpu_count() or 1)
        self._processes = whole_setting(settings, "processes", default=side_by_side, where=spec.where)
        self._once = mode == "once"
        self._where = spec.where
        self._clock = spec.clock
        self._folder = spec.folder
        self._environ = spec.environ
        self._redact = Redactor(environment_secrets(spec.environ))
        self._argv = _argv(spec)
        self._idle: list[Child] = []
        self._slots = asyncio.Semaphore(self._processes)
        self._answered = False
        self._stillborn = 0
        shown = self._redact(spec.rest)
        self._info = TargetInfo(
            name=spec.name or f"command:{shown}",
            uri=f"command:{shown}",
            settings={**settings, "command_mode": mode},
            reusable=False,
        )

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration."""
        return self._info

    @property
    def max_concurrency(self) -> int:
        """How many processes run side by side."""
        return self._processes

    async def open(self) -> None:
        """Start the first process; raises TargetError when the program cannot be started."""
        if not self._once:
            self._idle.append(await self._start())

    async def close(self) -> None:
        """End every process."""
        children, self._idle = self._idle, []
        await asyncio.gather(*(child.close() for child in children))

    async def answer(self, request: Request) -> Output:
        """One request to one process; see the class for what is whose fault."""
        line = canonical_json(_request_json(request)).encode("utf-8", "surrogatepass") + b"\n"
        async with self._slots:
            child = self._idle.pop() if self._idle else await self._start()
            sound = False
            started = self._clock.monotonic()
            try:
                raw = await (child.talk(line) if self._once else child.ask(line))
                seconds = self._clock.monotonic() - started
                output = await self._read(child, raw, request.case.id, seconds)
                sound = output.fault is None or output.fault.kind not in {"invalid", "crash"}
            except ValueError as error:
                seconds = self._clock.monotonic() - started
                return invalid_output(f"the program wrote too much: {error}", seconds=seconds)
            finally:
                if sound and not self._once:
                    self._idle.append(child)
                else:
                    child.kill()
                    await child.close()
        return output

    async def _start(self) -> Child:
        return await Child.start(self._argv, folder=self._folder, environ=self._environ, where=self._where)

    async def _read(self, child: Child, raw: bytes, case_id: str, seconds: float) -> Output:
        if self._once or not raw:
            code, tail = await child.last_words()
            if code != 0 or not raw:
                return self._crashed(code, tail, seconds)
        self._answered = True
        return self._decoded_once(raw, seconds) if self._once else self._decoded_line(raw, case_id, seconds)

    def _decoded_once(self, raw: bytes, seconds: float) -> Output:
        """All of standard output: the recorded form, another JSON value, or plain text."""
        try:
            row: Json = decode_body(raw)
        except ValueError:
            text = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
            return Output(value=text, latency_s=seconds)
        if isinstance(row, Mapping) and is_recorded_form(row):
            return live_output(row, seconds=seconds, redact=self._redact)
        return Output(value=row, latency_s=seconds)

    def _decoded_line(self, raw: bytes, case_id: str, seconds: float) -> Output:
        """One line of the protocol; anything else means that we no longer understand each other."""
        try:
            row: Json = decode_body(raw)
        except ValueError:
            shown = self._redact(raw[:200].decode("utf-8", "replace"))
            return invalid_output(f"the program wrote a line that is not JSON: {shown}", seconds=seconds)
        if not isinstance(row, Mapping) or not ({"output", "error"} & row.keys()):
            return invalid_output("the program's answer has no output", seconds=seconds)
        if row.get("id") not in (None, case_id):
            shown = self._redact(str(row.get("id")))
            return invalid_output(f"the program answered another request: id {shown}", seconds=seconds)
        return live_output(row, seconds=seconds, redact=self._redact)

    def _crashed(self, code: int | None, tail: str, seconds: float) -> Output:
        """The fault of a program that ended; TargetError when it never answered anything."""
        ended = "closed its output" if code is None else f"ended with exit code {code}"
        if code is not None and code < 0:
            ended = f"was ended by signal {-code}"
        said = self._redact(tail[-400:])
        message = f"the program {ended} without an answer" + (f": {said}" if said else "")
        self._stillborn += 0 if self._answered else 1
        if self._stillborn >= _STILLBORN:
            raise TargetError(message, where=self._where, hint="Try the program by hand with one request")
        return Output(fault=Fault(owner="target", kind="crash", message=message), latency_s=seconds)


def command_target(spec: TargetSpec) -> CommandTarget:
    """The registry's door to `command:PROGRAM ARGS`."""
    return CommandTarget(spec)


def _argv(spec: TargetSpec) -> list[str]:
    try:
        argv = shlex.split(spec.rest)
    except ValueError as error:
        raise UsageError(f"the command cannot be read: {error}", where=spec.where) from error
    if not argv:
        raise UsageError("command: needs a program", where=spec.where, hint="Write command:PROGRAM ARGS")
    inside = spec.folder / argv[0]
    program = shutil.which(argv[0], path=spec.environ.get("PATH", os.defpath))
    if program is None and inside.is_file() and os.access(inside, os.X_OK):
        program = str(inside.resolve())
    if program is None:
        raise UsageError(
            f"no such program: {argv[0]}",
            where=spec.where,
            hint=f"Programs are looked for on PATH and in {spec.folder}; a script may need its interpreter",
        )
    return [program, *argv[1:]]


def _request_json(request: Request) -> dict[str, Json]:
    case = request.case
    row: dict[str, Json] = {"id": case.id, "input": case.input, "messages": list(request.messages)}
    row |= {"context": list(case.context), "epoch": request.epoch, "seed": request.seed}
    if case.attachments:
        row["attachments"] = [
            {**item.as_json(), "data": base64.b64encode(attachment_bytes(request, item)).decode("ascii")}
            for item in case.attachments
        ]
    return row
