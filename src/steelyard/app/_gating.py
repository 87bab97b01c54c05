"""From a project's settings and a rules file to what a gate decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from steelyard import gates
from steelyard.app._experts import judges_of
from steelyard.app._project import Project
from steelyard.app._wiring import find_run
from steelyard.core import NotFoundError
from steelyard.store import Store

if TYPE_CHECKING:
    from steelyard.gates import GateRequest, Release, RuleSet


def project_rules(project: Project) -> RuleSet:
    """The rules of the `[gate]` table alone: one allowed-drop rule for every metric."""
    gate = project.gate
    return gates.RuleSet(
        allowed_drop=gate.allowed_drop,
        on_inconclusive=gate.on_inconclusive,
        max_missing=gate.max_missing,
        anchor=gate.anchor,
    )


def gate_rules(project: Project, *, file: Path | None = None, allowed_drop: float | None = None) -> RuleSet:
    """The rules of a file, or of the project's; `[gate]` fills what the file leaves out.

    `allowed_drop` stands before every default, and after the margin that a rule gives itself.
    """
    defaults = project_rules(project)
    chosen = file or (project.folder / project.gate.rules if project.gate.rules else None)
    if chosen is not None:
        return gates.load_rules(chosen, defaults=defaults, allowed_drop=allowed_drop)
    return defaults if allowed_drop is None else replace(defaults, allowed_drop=allowed_drop)


def gate_request(base: str, candidate: str, *, rules: RuleSet, store: Store) -> GateRequest:
    """Two runs by reference, and the anchor that the rules name; raises NotFoundError."""
    before, after = find_run(store, base), find_run(store, candidate)
    anchor = find_run(store, _release(store, rules.anchor).run) if rules.anchor else None
    runs = [run for run in (before, after, anchor) if run is not None]
    return gates.GateRequest(
        base=before, candidate=after, rules=rules, anchor=anchor, judges=judges_of(runs, store)
    )


def _release(store: Store, name: str) -> Release:
    releases = store.releases()
    for release in releases:
        if release.name == name:
            return release
    known = ", ".join(release.name for release in releases) or "none yet"
    raise NotFoundError(
        f"no release named '{name}'",
        where="anchor",
        hint=f"Known: {known}. Mark one: steelyard release RUN --name NAME",
    )
