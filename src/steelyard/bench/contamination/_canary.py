"""The canary: a mark that exported cases carry, so that copies of them can be recognised anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from steelyard.bench._version import BenchmarkVersion
from steelyard.core import Case, Json

CANARY_FIELD = "canary"
"""The field or column of exported cases that holds it; importers take it out again."""

NumberedRow = tuple[int, Mapping[str, Json]]

_DEEPEST = 2
_SPACE = UUID("8f0f3a52-6f6e-5d6b-9a54-1c1a1f3b7c20")
_WORDS = "Benchmark data, which must not be in training corpora. steelyard canary GUID "
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TEXT = re.compile(rf"{re.escape(_WORDS)}({_GUID})")


def canary_guid(history: Sequence[BenchmarkVersion]) -> str:
    """The canary of a benchmark: the same for all its versions, and for a copy that was read back.

    `history` holds the versions of one name, oldest first. The first stored with a canary passes it on;
    without one it is the name-based UUID (RFC 9562, version 5) of the first version's hash.
    """
    return canaries_of(history)[0]


def canaries_of(history: Sequence[BenchmarkVersion]) -> tuple[str, ...]:
    """Every canary that copies of these versions may carry, the one written today first."""
    stored = [guid for version in history for guid in _stored(version)]
    derived = str(uuid5(_SPACE, history[0].hash)) if history else ""
    return tuple(dict.fromkeys(guid for guid in (*stored, derived) if guid))


def canary_text(guid: str) -> str:
    """What stands in the export, after the practice of BIG-bench (Srivastava et al. 2022)."""
    return _WORDS + guid


def take_out_canaries(rows: Sequence[NumberedRow]) -> tuple[Sequence[NumberedRow], tuple[str, ...]]:
    """Rows without the canaries they carry, and those canaries.

    Only a field that holds nothing but canaries of ours is taken out; any other of that name is data.
    """
    found: dict[str, None] = {}
    for _, row in rows:
        value = row.get(CANARY_FIELD)
        if value is None:
            continue
        match = _TEXT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return rows, ()
        found[match.group(1)] = None
    if not found:
        return rows, ()
    plain = [
        (line, {name: value for name, value in row.items() if name != CANARY_FIELD}) for line, row in rows
    ]
    return plain, tuple(found)


def take_from_cases(cases: Sequence[Case]) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    """Cases without the canaries that an importer kept in their metadata, and those canaries."""
    found: dict[str, None] = {}
    plain = []
    for case in cases:
        metadata = _without(case.metadata, found)
        plain.append(case if metadata is case.metadata else replace(case, metadata=metadata))
    return tuple(plain), tuple(found)


def _without(kept: Mapping[str, Json], found: dict[str, None], depth: int = 0) -> Mapping[str, Json]:
    """The object without canaries at any of three levels; the very same one where there are none."""
    changed: dict[str, Json] = {}
    for name, value in kept.items():
        if name == CANARY_FIELD and isinstance(value, str) and (match := _TEXT.fullmatch(value)):
            found[match.group(1)] = None
            continue
        if isinstance(value, Mapping) and depth < _DEEPEST:
            value = _without(value, found, depth + 1)  # noqa: PLW2901 - the same value, without its mark
        changed[name] = value
    same = len(changed) == len(kept) and all(changed[name] is value for name, value in kept.items())
    return kept if same else changed


def _stored(version: BenchmarkVersion) -> list[str]:
    kept = version.provenance.detail.get(CANARY_FIELD)
    given = kept if isinstance(kept, list | tuple) else []
    return [guid for guid in given if isinstance(guid, str) and re.fullmatch(_GUID, guid)]
