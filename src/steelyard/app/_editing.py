"""New versions from lines of cases: a whole set, or the latest set with one case changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from steelyard.bench import AddResult, BenchmarkVersion, Imported, add_version, read_cases, resolve_version
from steelyard.core import Case, Clock, Json, NotFoundError, Provenance, UsageError
from steelyard.store import Store


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
    return add_version(store, name, imported, clock=clock, tag=tag, message=message)


def edit_case(
    store: Store,
    version: BenchmarkVersion,
    line: Mapping[str, Json],
    *,
    clock: Clock,
    message: str = "",
) -> AddResult:
    """The latest version with one case replaced by another of the same id, as the next version.

    Raises NotFoundError when there is no such case, UsageError when `version` is not the latest: somebody
    else has changed the benchmark meanwhile.
    """
    latest = resolve_version(store, version.name)
    if latest.hash != version.hash:
        raise UsageError(
            f"{version.name} has changed meanwhile: {latest.version} is the latest",
            where=f"{version.name}@{version.version}",
            hint="Look at it, and edit that one",
        )
    edited = _read(store, [line]).cases[0]
    cases = list(store.cases(latest))
    if all(case.id != edited.id for case in cases):
        raise NotFoundError(f"there is no case '{edited.id[:200]}'", where=f"{latest.name}@{latest.version}")
    imported = Imported(
        cases=tuple(edited if case.id == edited.id else case for case in cases),
        provenance=Provenance(
            source="edit", reference=f"{latest.name}@{latest.version}", detail={"case": edited.id}
        ),
    )
    return add_version(store, latest.name, imported, clock=clock, message=message or f"Edit {edited.id}")


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
    case = _read(store, [line]).cases[0]
    held: list[Case] = []
    if store.versions(name):
        latest = resolve_version(store, name)
        held = list(store.cases(latest))
        if any(other.id == case.id for other in held):
            raise UsageError(
                f"there is a case '{case.id[:200]}' already",
                where=f"{name}@{latest.version}",
                hint="Give it another id, or edit that one",
            )
    imported = Imported(cases=(*held, case), provenance=provenance)
    return add_version(store, name, imported, clock=clock, message=message or f"Add {case.id}")


def _read(store: Store, lines: Sequence[Mapping[str, Json]]) -> Imported:
    """Lines read as any file of cases is, so that every door takes and refuses the same."""
    with tempfile.TemporaryDirectory(prefix="steelyard-cases-") as folder:
        for line in lines:
            for path, digest in _attached(line):
                _put(store, Path(folder), path, digest)
        file = Path(folder) / "cases.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
        return read_cases(file, format="jsonl")


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
    place = (folder / path).resolve()
    if place.is_relative_to(folder.resolve()) and place != folder.resolve() and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(store.get_attachment(digest))
