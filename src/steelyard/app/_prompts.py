"""Prompts: what the runs were told, by name and by the hash of the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from steelyard.core import Json, NotFoundError, UsageError
from steelyard.reports import one_line
from steelyard.runs import RunRecord

PromptKind = Literal["target", "judge"]
_INLINE = ("system", "prompt")
_SHORTEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """One text under one name."""

    name: str
    """The file's name; for a text in the project file, the setting and its target; a judge's key."""
    kind: PromptKind
    """Whether a system under test was told it, or a judge."""
    hash: str
    """SHA-256 of a target's text; a judge's is that of its wording and answer form."""
    text: str | None
    """The text; None where no run kept it."""
    runs: tuple[RunRecord, ...]
    """The runs that used it, newest first."""

    @property
    def first(self) -> datetime:
        """When a run first used it, UTC."""
        return self.runs[-1].started

    @property
    def last(self) -> datetime:
        """When a run last used it, UTC."""
        return self.runs[0].started

    @property
    def targets(self) -> tuple[str, ...]:
        """The systems whose runs used it."""
        return tuple(dict.fromkeys(_target(run) for run in self.runs))

    @property
    def short(self) -> str:
        """The hash as people read it."""
        return self.hash[:8]

    def as_json(self) -> dict[str, Json]:
        """What the API lists of it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "hash": self.hash,
            "first_used": self.first.isoformat(),
            "last_used": self.last.isoformat(),
            "targets": list(self.targets),
            "runs": [run.id for run in self.runs],
            "characters": None if self.text is None else len(self.text),
        }


def prompt_versions(runs: Sequence[RunRecord]) -> list[PromptVersion]:
    """Every prompt of some runs, given newest first; what was used last comes first."""
    users: dict[tuple[str, PromptKind, str], list[RunRecord]] = {}
    texts: dict[str, str] = {}
    for run in runs:
        for name, kind, digest, text in _uses(run):
            users.setdefault((name, kind, digest), []).append(run)
            if text is not None:
                texts.setdefault(digest, text)
    return [
        PromptVersion(name=name, kind=kind, hash=digest, text=texts.get(digest), runs=tuple(used))
        for (name, kind, digest), used in users.items()
    ]


def find_prompt(versions: Sequence[PromptVersion], reference: str) -> PromptVersion:
    """By hash or its beginning; raises NotFoundError, and UsageError where several begin like that."""
    found = [each for each in versions if each.hash == reference]
    if not found and len(reference) >= _SHORTEST:
        found = [each for each in versions if each.hash.startswith(reference)]
    if not found:
        raise NotFoundError(
            "no run used a prompt of this hash", where=reference[:80], hint="See all: /prompts"
        )
    if len({each.hash for each in found}) > 1:
        raise UsageError("several prompts begin like this", where=reference, hint="Say more of the hash")
    return found[0]


def before(version: PromptVersion, versions: Sequence[PromptVersion]) -> PromptVersion | None:
    """The version of the same name that was in use before this one came."""
    same = [
        each
        for each in versions
        if (each.name, each.kind) == (version.name, version.kind) and each.first < version.first
    ]
    return max(same, key=lambda each: each.first, default=None)


def _uses(run: RunRecord) -> Iterator[tuple[str, PromptKind, str, str | None]]:
    """Name, kind, hash and text of everything that a run was told."""
    pinned = run.target.get("prompts")
    for name, digest in pinned.items() if isinstance(pinned, Mapping) else ():
        shown = f"{name} of {_target(run)}" if name in _INLINE else name
        yield shown, "target", str(digest), run.prompts.get(name)
    for spec in run.metrics:
        digest = spec.settings.get("prompt_hash")
        if isinstance(digest, str):
            yield spec.key, "judge", digest, run.prompts.get(spec.key)


def _target(run: RunRecord) -> str:
    return one_line(str(run.target.get("name") or run.target.get("uri") or ""))
