"""Adding a version: from imported cases to an immutable, named, numbered record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from steelyard.bench._diff import VersionDiff, diff_versions
from steelyard.bench._imported import Imported
from steelyard.bench._store import BenchmarkStore
from steelyard.bench._version import BenchmarkVersion, version_hash
from steelyard.core import Case, Clock, InputError, Json, NotFoundError, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED_TAG = re.compile(r"v\d+|[0-9a-f]{4,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddResult:
    """A version that was added, or found to be there already."""

    version: BenchmarkVersion
    """The version as stored."""
    diff: VersionDiff
    """Against the version that was the latest before; for the first, everything is added."""
    is_new: bool
    """False when the latest version has exactly these cases, so that nothing was added."""

    @property
    def added(self) -> int:
        """How many cases the latest version before did not have."""
        return len(self.diff.added)

    @property
    def removed(self) -> int:
        """How many cases of the latest version before are gone."""
        return len(self.diff.removed)

    @property
    def changed(self) -> int:
        """How many cases have other content now."""
        return len(self.diff.changed)

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench add`."""
        return {
            **self.version.ref.as_json(),
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "new": self.is_new,
        }


def add_version(
    store: BenchmarkStore,
    name: str,
    imported: Imported,
    *,
    clock: Clock,
    tag: str | None = None,
    message: str = "",
) -> AddResult:
    """Store imported cases as the next version of a benchmark.

    Attachments are stored first, then the version and its cases in one transaction. Cases identical to
    the latest version's add nothing. Raises UsageError for a bad name or tag, InputError when there is
    no case or an attachment's bytes are nowhere.
    """
    check_name(name)
    if tag is not None:
        check_tag(tag)
    if not imported.cases:
        raise InputError("there is no case to add", where=name, hint="A benchmark needs at least one case")
    store_attachments(store, imported.cases, imported.attachments)
    versions = store.versions(name)
    latest = versions[-1] if versions else None
    diff = diff_versions(store.cases(latest) if latest else (), imported.cases)
    version = BenchmarkVersion(
        name=name,
        number=0,
        hash=version_hash(imported.cases),
        cases=len(imported.cases),
        created=clock.now(),
        parent=latest.hash if latest else None,
        tags=(tag,) if tag else (),
        message=message,
        provenance=imported.provenance,
    )
    stored = store.add_version(version, imported.cases)
    if tag and tag not in stored.tags:
        store.tag(stored, tag)
        stored = replace(stored, tags=(*stored.tags, tag))
    is_new = latest is None or stored.number != latest.number
    return AddResult(version=stored, diff=diff, is_new=is_new)


def check_name(name: str) -> None:
    """Raise UsageError unless `name` can name a benchmark."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name[:120]}' cannot name a benchmark",
            hint="Use at most 100 letters, digits, '.', '_', '-', and begin with a letter or digit",
        )


def check_tag(tag: str) -> None:
    """Raise UsageError unless `tag` can be a human tag: no version number, nothing like a hash."""
    if not _NAME.fullmatch(tag) or _RESERVED_TAG.fullmatch(tag):
        raise UsageError(
            f"'{tag[:120]}' cannot be a tag",
            where="--tag",
            hint="Use letters, digits, '.', '_', '-'; v1, v2, … and hashes are taken",
        )


def store_attachments(store: BenchmarkStore, cases: Sequence[Case], attachments: Mapping[str, bytes]) -> None:
    """Keep the bytes that cases name; raises InputError when they are neither given nor kept already."""
    for digest, data in attachments.items():
        store.put_attachment(digest, data)
    for case in cases:
        for item in case.attachments:
            if item.sha256 in attachments:
                continue
            try:
                store.get_attachment(item.sha256)
            except NotFoundError as error:
                raise InputError(
                    f"the attachment '{item.path}' of case '{case.id}' has no content",
                    where=item.sha256,
                    hint="Import it from a folder that holds the file",
                ) from error
