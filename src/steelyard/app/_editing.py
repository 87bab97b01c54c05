"""New versions from lines of cases: a whole set, or the latest with one case changed, added, removed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from steelyard import bench
from steelyard.core import Case, Clock, InputError, Json, NotFoundError, Provenance, UsageError
from steelyard.store import Store

if TYPE_CHECKING:
    from steelyard.bench import AddResult, BenchmarkVersion, Imported, Revision


class ChangedMeanwhileError(UsageError):
    """Somebody else has changed what was to be changed."""

    kind = "conflict"


def add_lines(
    store: Store,
    name: str,
    lines: Sequence[Mapping[str, Json]],
    *,
    clock: Clock,
    tag: str | None = None,
    message: str = "",
) -> AddResult:
    """Case lines as the next version of a benchmark; bad lines are all named and nothing is stored.

    Attachments are named by the SHA-256 of what the store has already; a line never reads a file.
    """
    imported = replace(_read(store, lines), provenance=Provenance(source="api"))
    return bench.add_version(store, name, imported, clock=clock, tag=tag, message=message)


def edit_case(
    store: Store,
    version: BenchmarkVersion,
    line: Mapping[str, Json],
    *,
    clock: Clock,
    message: str = "",
) -> AddResult:
    """The latest version with one case replaced by another of the same id, as the next version.

    Raises NotFoundError when there is no such case, UsageError when it is not in the latest version as it is
    in `version`: somebody else has changed it meanwhile. Other cases may have changed.
    """
    read = _read(store, [line])
    edited = read.cases[0]
    latest = _same_in_latest(store, version, edited.id)
    revision = bench.Revision(replaced=(edited,), attachments=read.attachments)
    return _revise(store, latest, revision, clock=clock, message=message or f"Edit {edited.id}")


def remove_case(
    store: Store, version: BenchmarkVersion, case_id: str, *, clock: Clock, message: str = ""
) -> AddResult:
    """The latest version without one case, as the next version; raises like `edit_case`."""
    latest = _same_in_latest(store, version, case_id)
    revision = bench.Revision(removed=(case_id,))
    return _revise(store, latest, revision, clock=clock, message=message or f"Remove {case_id}")


def add_case(
    store: Store,
    name: str,
    line: Mapping[str, Json],
    *,
    clock: Clock,
    provenance: Provenance,
    message: str = "",
) -> AddResult:
    """The latest version with one case more, as the next version; a benchmark that is new has it alone.

    Raises UsageError when the latest version has a case of that id.
    """
    read = _read(store, [line])
    said = message or f"Add {read.cases[0].id}"
    if not store.versions(name):
        imported = replace(read, provenance=provenance)
        return bench.add_version(store, name, imported, clock=clock, message=said)
    return bench.revise_version(
        store,
        bench.resolve_version(store, name),
        bench.Revision(added=read.cases, attachments=read.attachments),
        clock=clock,
        provenance=provenance,
        message=said,
    )


def _same_in_latest(store: Store, version: BenchmarkVersion, case_id: str) -> BenchmarkVersion:
    latest = bench.resolve_version(store, version.name)
    if latest.hash == version.hash:
        return latest
    before, now = (_found(store, each, case_id) for each in (version, latest))
    if before is None or now is None or before.content_hash != now.content_hash:
        raise ChangedMeanwhileError(
            f"the case has changed meanwhile: {latest.version} is the latest",
            where=f"{version.name}@{version.version}",
            hint="Look at it there, and edit that one",
        )
    return latest


def _found(store: Store, version: BenchmarkVersion, case_id: str) -> Case | None:
    try:
        return store.find_case(version, case_id)
    except NotFoundError:
        return None


def _revise(
    store: Store, latest: BenchmarkVersion, revision: Revision, *, clock: Clock, message: str
) -> AddResult:
    ids = [*(case.id for case in revision.replaced), *revision.removed]
    provenance = Provenance(
        source="edit", reference=f"{latest.name}@{latest.version}", detail={"case": ids[0]}
    )
    return bench.revise_version(store, latest, revision, clock=clock, message=message, provenance=provenance)


def _read(store: Store, lines: Sequence[Mapping[str, Json]]) -> Imported:
    """Lines read as any file of cases is, so that every door takes and refuses the same."""
    with tempfile.TemporaryDirectory(prefix="steelyard-cases-") as folder:
        for line in lines:
            for path, digest in _attached(line):
                _put(store, Path(folder), path, digest)
        file = Path(folder) / "cases.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
        try:
            return bench.read_cases(file, format="jsonl")
        except InputError as error:
            # The folder is ours and gone: its path helps nobody.
            raise InputError(
                error.message, where="the case line", hint="Mend it and try again", details=error.details
            ) from error


def _attached(line: Mapping[str, Json]) -> list[tuple[str, str]]:
    found = line.get("attachments")
    items = found if isinstance(found, list) else []
    return [
        (item["path"], item["sha256"])
        for item in items
        if isinstance(item, Mapping)
        and isinstance(item.get("path"), str)
        and isinstance(item.get("sha256"), str)
    ]


def _put(store: Store, folder: Path, path: str, digest: str) -> None:
    """Bytes the store has, where the reader looks; a path that leaves the folder is its to refuse."""
    try:
        place = (folder / path).resolve()
        if place.is_relative_to(folder.resolve()) and place != folder.resolve() and not place.exists():
            data = store.get_attachment(digest)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    except (OSError, ValueError) as error:
        raise InputError(
            f"an attachment cannot be put where its path says: {_reason(error)}",
            where="attachments",
            hint="Give each a short path of its own, relative, without control characters",
        ) from error


def _reason(error: Exception) -> str:
    """Without the path that was tried: the folder is ours."""
    return (error.strerror if isinstance(error, OSError) else None) or "no file can be called so"
