"""A few cases changed, added or taken out: the next version shares all the others with the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from steelyard.bench._add import AddResult, store_attachments
from steelyard.bench._diff import CaseChange, VersionDiff, changed_fields
from steelyard.bench._store import BenchmarkStore
from steelyard.bench._version import BenchmarkVersion, hash_of_pairs
from steelyard.core import Case, Clock, InputError, NotFoundError, Provenance, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is different in the next version."""

    replaced: tuple[Case, ...] = ()
    """Cases that take the place of those with the same ids."""
    added: tuple[Case, ...] = ()
    """Cases with new ids; they come last."""
    removed: tuple[str, ...] = ()
    """Ids of cases that go."""
    attachments: Mapping[str, bytes] | None = None
    """SHA-256 to bytes of attachments that the store may not have yet."""


class RevisionStore(BenchmarkStore, Protocol):
    """What a revision asks of a store besides: nothing that reads every case's text."""

    def case_hashes(self, version: BenchmarkVersion) -> list[tuple[str, str]]:
        """Id and content hash of every case of a version, in order."""
        ...

    def find_case(self, version: BenchmarkVersion, case_id: str) -> Case:
        """A case by its id; raises NotFoundError."""
        ...

    def add_revision(
        self, version: BenchmarkVersion, parent: BenchmarkVersion, revision: Revision
    ) -> BenchmarkVersion:
        """Store a version that has the parent's cases but for a revision, sharing what is unchanged.

        Returns it with the number it got. Raises UsageError when the parent is not the latest any more.
        """
        ...


def revise_version(
    store: RevisionStore,
    latest: BenchmarkVersion,
    revision: Revision,
    *,
    clock: Clock,
    message: str = "",
    provenance: Provenance | None = None,
) -> AddResult:
    """The next version: the latest one's cases with a few replaced, added or removed.

    Costs one pass over ids and hashes, whatever the cases hold. A revision that changes nothing adds nothing.
    Raises NotFoundError for a replaced or removed id that is not there, UsageError for an added id that is,
    and when `latest` is not the latest any more; InputError when no case would be left.
    """
    hashes = dict(store.case_hashes(latest))
    where = f"{latest.name}@{latest.version}"
    _check_ids(hashes, revision, where=where)
    changes = [
        CaseChange(id=case.id, fields=changed_fields(old, case), comparable=old.hash == case.hash)
        for case in revision.replaced
        if hashes[case.id] != case.content_hash
        for old in (store.find_case(latest, case.id),)
    ]
    diff = VersionDiff(
        added=tuple(case.id for case in revision.added),
        removed=revision.removed,
        changed=tuple(changes),
        unchanged=len(hashes) - len(revision.removed) - len(changes),
    )
    for case_id in revision.removed:
        del hashes[case_id]
    hashes.update((case.id, case.content_hash) for case in (*revision.replaced, *revision.added))
    if not hashes:
        raise InputError("no case would be left", where=where, hint="A benchmark needs at least one case")
    if not (diff.added or diff.removed or diff.changed):
        return AddResult(version=latest, diff=diff, is_new=False)
    store_attachments(store, (*revision.replaced, *revision.added), revision.attachments or {})
    version = BenchmarkVersion(
        name=latest.name,
        number=0,
        hash=hash_of_pairs(hashes.items()),
        cases=len(hashes),
        created=clock.now(),
        parent=latest.hash,
        message=message,
        provenance=provenance or Provenance(source="edit", reference=where),
    )
    return AddResult(version=store.add_revision(version, latest, revision), diff=diff, is_new=True)


def _check_ids(hashes: Mapping[str, str], revision: Revision, *, where: str) -> None:
    touched: Sequence[str] = [
        *(case.id for case in (*revision.replaced, *revision.added)),
        *revision.removed,
    ]
    for number, case_id in enumerate(touched):
        if case_id in touched[:number]:
            raise UsageError(f"the case '{case_id[:200]}' is named twice", where=where, hint="Name it once")
    for case_id in (*(case.id for case in revision.replaced), *revision.removed):
        if case_id not in hashes:
            raise NotFoundError(f"there is no case '{case_id[:200]}'", where=where, hint="See its list")
    for case in revision.added:
        if case.id in hashes:
            raise UsageError(
                f"there is a case '{case.id[:200]}' already",
                where=where,
                hint="Give it another id, or edit that one",
            )
