"""From what a person types to a version: `NAME`, `NAME@v3`, `NAME@TAG`, `NAME@HASHPREFIX`."""

from __future__ import annotations

from steelyard.bench._store import BenchmarkStore
from steelyard.bench._version import BenchmarkVersion
from steelyard.core import NotFoundError


def resolve_version(store: BenchmarkStore, reference: str) -> BenchmarkVersion:
    """The version a reference names; without `@`, the latest. Raises NotFoundError."""
    name, _, wanted = reference.partition("@")
    versions = store.versions(name)
    if not versions:
        known = sorted({version.name for version in store.versions()})
        hint = f"Known benchmarks: {', '.join(known)}" if known else "Add one: steelyard bench add NAME FILE"
        raise NotFoundError(f"no benchmark named '{name}'", where=reference, hint=hint)
    if not wanted:
        return versions[-1]
    exact = [v for v in versions if wanted in (v.version, *v.tags)]
    if exact:
        return exact[-1]
    by_hash = [v for v in versions if len(wanted) >= 4 and v.hash.startswith(wanted.lower())]
    if len({v.hash for v in by_hash}) == 1:
        return by_hash[-1]
    problem = "matches several versions" if by_hash else "has no such version, tag or hash"
    raise NotFoundError(
        f"'{wanted}' {problem}",
        where=name,
        hint=f"It has {', '.join(v.version for v in versions)}: steelyard bench show {name}",
    )
