"""The `replay` target: answers that were recorded before."""

from __future__ import annotations

import hashlib
import tempfile
import weakref
from array import array
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from steelyard.core import Fault, InputError, Json, Output, output_from_json, parse_json
from steelyard.targets._protocol import Request, TargetInfo
from steelyard.targets._spec import TargetSpec, read_settings
from steelyard.text import read_lines

_SHOWN = 20
_IN_MEMORY = 8 * 2**20
_NO_RECORD = Fault(owner="infrastructure", kind="recorded", message="no recorded output for this case")
_NAMED = 3
_NOT_NEGATIVE = ("latency_s", "first_token_s", "cost_usd")


class ReplayTarget:
    """Recorded outputs of a JSONL file (plain, `.gz`, `.zst`), one line a case and epoch.

    Every line is checked when the target is made; InputError lists the bad ones. The lines are copied
    to an anonymous temporary file, so that memory stays small and a later edit of the file cannot mix
    two recordings. Epochs come from the key `epoch`; a file that counts from 0 is shifted to 1;
    without the key, repeated ids count up.
    """

    def __init__(self, spec: TargetSpec) -> None:
        settings = read_settings(spec, {})
        self._path = _find(spec)
        rows = _Recording(self._path)
        self._rows = rows
        self._info = TargetInfo(
            name=spec.name or f"replay:{spec.rest}",
            uri=f"replay:{spec.rest}",
            settings={"file_hash": rows.sha256, "rows": len(rows), **settings},
            recorded=True,
            epochs=rows.epochs,
        )

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration, with the SHA-256 of the recorded lines."""
        return self._info

    async def open(self) -> None:
        """Nothing to connect to: the file was read when the target was made."""

    async def answer(self, request: Request) -> Output:
        """The recorded output of the case in this epoch; an infrastructure fault where there is none."""
        row = self._rows.get(request.case.id, request.epoch)
        return Output(fault=_NO_RECORD) if row is None else output_from_json(row)

    async def close(self) -> None:
        """Nothing to release: the copy of the lines goes with the target."""

    def review(self, case_ids: Collection[str]) -> tuple[str, ...]:
        """What does not fit between the recording and a benchmark of these cases, in sentences.

        Names ids that no case has, and ids that repeat unevenly without saying their epochs. Raises
        InputError when not one recorded id is a case's.
        """
        strange = [case_id for case_id in self._rows.ids() if case_id not in case_ids]
        total = sum(1 for _ in self._rows.ids())
        if len(strange) == total:
            raise InputError(
                "no recorded id is the id of a case of this benchmark",
                where=str(self._path),
                hint=f"Recorded ids are like {_some(strange)}; the cases have ids like "
                f"{_some(sorted(case_ids)[:_NAMED])}. Record with the cases' ids, or name the benchmark "
                "that was recorded",
            )
        notes = [self._rows.uneven] if self._rows.uneven else []
        if strange:
            notes.append(
                f"{len(strange):,} of {total:,} recorded ids belong to no case of the benchmark and were not "
                f"read: {_some(strange)}."
            )
        return tuple(notes)


def replay_target(spec: TargetSpec) -> ReplayTarget:
    """The registry's door to `replay:FILE`."""
    return ReplayTarget(spec)


def _find(spec: TargetSpec) -> Path:
    """The file, looked for in the project folder, then where the command was typed."""
    places = (spec.folder / spec.rest, Path(spec.rest))
    for path in places:
        if path.is_file():
            return path
    if spec.rest and any(path.is_dir() for path in places):
        raise InputError(
            "is a folder, and recorded outputs are one file",
            where=spec.rest,
            hint="Name the file in it, such as replay:FOLDER/outputs.jsonl",
        )
    raise InputError(
        "no such file of recorded outputs",
        where=spec.rest or spec.where,
        hint=f"a path relative to {spec.folder}, or an absolute one; "
        'each line is {"id": …, "output": …}; `steelyard import` reads other shapes',
    )


class _Recording:
    """The lines of one file: checked, indexed by epoch and id, kept out of memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives with self
        weakref.finalize(self, self._copy.close)
        self._starts = array("Q", [0])
        self._lines = array("Q")
        self._by_epoch: dict[int, dict[str, int]] = {}
        self._counted: dict[str, int] = {}
        self._bad: list[str] = []
        self._bad_count = 0
        digest = hashlib.sha256()
        for number, line in read_lines(path):
            if not line.strip():
                continue
            data = line.encode("utf-8", "surrogatepass") + b"\n"
            digest.update(data)
            self._add(number, line, data)
        self.sha256 = digest.hexdigest()
        self.uneven = _uneven(self._counted)
        self._counted.clear()
        self._refuse_bad()
        if 0 in self._by_epoch:
            self._by_epoch = {epoch + 1: ids for epoch, ids in self._by_epoch.items()}

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def epochs(self) -> int:
        """The highest epoch that any case has."""
        return max(self._by_epoch, default=1)

    def ids(self) -> Iterator[str]:
        """Every id once, those of the first epoch first."""
        earlier: list[dict[str, int]] = []
        for _, ids in sorted(self._by_epoch.items()):
            yield from (case_id for case_id in ids if not any(case_id in seen for seen in earlier))
            earlier.append(ids)

    def get(self, case_id: str, epoch: int) -> Mapping[str, Json] | None:
        """The row of a case in an epoch, or None."""
        index = self._by_epoch.get(epoch, {}).get(case_id)
        if index is None:
            return None
        start = self._starts[index]
        self._copy.seek(start)
        row = parse_json(self._copy.read(self._starts[index + 1] - start).decode("utf-8", "surrogatepass"))
        return row if isinstance(row, Mapping) else None

    def _add(self, number: int, line: str, data: bytes) -> None:
        try:
            row = parse_json(line)
        except (ValueError, RecursionError) as error:
            self._report(number, f"not JSON: {error}")
            return
        problem = _problem(row)
        if problem or not isinstance(row, Mapping):
            self._report(number, problem)
            return
        case_id = str(row["id"])
        epoch = row.get("epoch")
        if not isinstance(epoch, int):
            epoch = self._counted[case_id] = self._counted.get(case_id, 0) + 1
        ids = self._by_epoch.setdefault(epoch, {})
        if case_id in ids:
            first = self._lines[ids[case_id]]
            self._report(number, f"epoch: case {case_id} has epoch {epoch} on line {first} already")
            return
        ids[case_id] = len(self._lines)
        self._lines.append(number)
        self._copy.write(data)
        self._starts.append(self._starts[-1] + len(data))

    def _report(self, number: int, problem: str) -> None:
        self._bad_count += 1
        if len(self._bad) < _SHOWN:
            self._bad.append(f"{self._path} line {number}: {problem}")

    def _refuse_bad(self) -> None:
        if self._bad_count:
            lines = "1 line" if self._bad_count == 1 else f"{self._bad_count} lines"
            first = self._bad[0].removeprefix(f"{self._path} ")
            raise InputError(
                f"{lines} cannot be read as recorded outputs; first, {first}",
                where=str(self._path),
                hint='each line is {"id", "output", "epoch", "latency_s", …}; nothing was used',
                details=self._bad,
            )
        if not self._lines:
            raise InputError("holds no recorded outputs", where=str(self._path), hint="Record a run first")


def _uneven(counted: Mapping[str, int]) -> str:
    """What to say of lines without an epoch whose ids repeat unevenly; empty when they repeat alike."""
    most, fewest = max(counted.values(), default=0), min(counted.values(), default=0)
    if most == fewest:
        return ""
    often = sorted((case_id for case_id in counted if counted[case_id] > fewest), key=counted.__getitem__)
    named = [f"'{case_id}' {counted[case_id]} times" for case_id in reversed(often[-_NAMED:])]
    more = f" and {len(often) - _NAMED:,} more ids" if len(often) > _NAMED else ""
    others = len(counted) - len(often)
    rest = f"{others:,} {'id is' if others == 1 else 'ids are'} there {_times(fewest)}"
    return (
        f"Recorded ids repeat unevenly and name no epoch: {', '.join(named)}{more}, while {rest}. "
        f"Repeats were read as epochs 1 to {most}, in which the others have no answer. Remove the repeats "
        'if they are mistakes; give every line its "epoch" if they are not.'
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _some(ids: list[str]) -> str:
    """The first few of some ids."""
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(f"'{case_id}'" for case_id in ids[:_NAMED]) + more


def _problem(row: Json) -> str:
    """What is wrong with a line, as `field: reason`; empty when nothing is."""
    if not isinstance(row, Mapping):
        return f"line: must be an object, not {type(row).__name__}"
    case_id = row.get("id")
    if isinstance(case_id, bool) or not isinstance(case_id, str | int) or case_id == "":
        missing = case_id is None or case_id == ""
        return "id: missing" if missing else f"id: must be text, not {type(case_id).__name__}"
    if "output" not in row and not row.get("error"):
        return "output: missing, and no error given instead"
    epoch = row.get("epoch")
    if epoch is not None and (isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0):
        return f"epoch: must be a whole number from 0, not {epoch!r}"
    try:
        output_from_json(row)
    except (TypeError, ValueError, OverflowError) as error:
        name, _, reason = str(error).partition(" ")
        return f"{name}: {reason}"
    return next(
        (f"{key}: must not be negative" for key in _NOT_NEGATIVE if _is_negative(row.get(key))),
        "",
    )


def _is_negative(value: Json) -> bool:
    return isinstance(value, int | float) and value < 0
