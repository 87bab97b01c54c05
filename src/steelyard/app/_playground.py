"""The playground: a sample's case changed and asked again, beside the run and never in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from steelyard import runs, targets
from steelyard.app import _wiring
from steelyard.app._project import Project
from steelyard.core import Case, Json, NotFoundError, Skipped, SteelyardError, UsageError, canonical_json
from steelyard.runs import RunRecord, Sample, is_sealed
from steelyard.store import Store

if TYPE_CHECKING:
    from steelyard.core import MetricSpec, Score
    from steelyard.metrics import Metric
    from steelyard.runs import Tried
    from steelyard.targets import Caller, Target

NETWORK = ("anthropic", "http", "openai")
"""Schemes that only send a request; every other one executes something on the machine it runs on."""
CHAT = ("anthropic", "openai")
"""Schemes that take a system prompt and sampling parameters."""
LONGEST_INPUT = 1_000_000
"""Characters of one try, system prompt included."""

_RECORDED = ("import", "replay")
_EXECUTING = ("python:", "command:", "code_pass")
_PARAMETERS = ("temperature", "top_p", "max_tokens", "seed")
_FILE = "file:"
_TRY_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is different about a try; None everywhere: the sample's case as it was."""

    input: Json = None
    """Another input, in any form a case takes."""
    turns: tuple[Mapping[str, Json], ...] | None = None
    """Other scripted turns."""
    target: str = ""
    """A target of the project file; empty: the one the run used."""
    system: str | None = None
    """Another system prompt, in its own words."""
    parameters: Mapping[str, float] | None = None
    """temperature, top_p, max_tokens, seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A target that may be asked."""

    name: str
    """Its name in the project file; empty: the one the run used."""
    label: str
    """What people call it."""
    system: str | None
    """Its system prompt; None where it has none, or takes none."""
    takes_parameters: bool
    """Whether a system prompt and sampling parameters can be given."""
    changed: bool
    """Whether it is set up otherwise now than when the run was made."""
    cost_usd: float | None
    """What a try is expected to cost; None where no price is known."""
    problem: str
    """Why it cannot be asked; empty when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """Tries on the samples of a project."""

    project: Project
    """The project."""
    store: Store
    """Its store: read, never written."""
    executes: bool
    """Whether targets and metrics that execute something on this machine may be used."""

    def choices(self, run: RunRecord, case: Case) -> tuple[Choice, ...]:
        """The run's own target first, then the project's, with what a try of a case is expected to cost."""
        own = _wiring.target_name(self.project, run)
        names = ["", *(name for name in self.project.targets if name != own)]
        return tuple(self._choice(run, name, case) for name in names)

    async def play(self, run: RunRecord, sample: Sample, changes: Changes) -> Tried:
        """Ask once and score by the run's metrics; nothing is stored.

        Raises UsageError for what may not be tried here, TargetError when the target cannot be reached.
        """
        case, caller, metrics = await asyncio.to_thread(self._prepared, run, sample, changes)
        kept, left_out = metrics
        tried = await runs.answer_once(case, caller, metrics=kept, attachment=self.store.get_attachment)
        return replace(tried, scores={**tried.scores, **left_out})

    def _prepared(
        self, run: RunRecord, sample: Sample, changes: Changes
    ) -> tuple[Case, Caller, tuple[Sequence[Metric], dict[str, Score]]]:
        """What a try needs; reads files and may load much, so an event loop has it done in a thread."""
        case = changed_case(sample.case, changes)
        limits = targets.Limits(
            max_connections=1, max_attempts=2, max_throttled=2, timeout_s=_TRY_S, max_wait_s=10.0
        )
        target = self._target(run, changes)
        caller = _wiring.make_caller(target, limits, store=self.store, use_cache=False, seed=run.seed)
        return case, caller, self._metrics(run)

    def _choice(self, run: RunRecord, name: str, case: Case) -> Choice:
        own = _wiring.target_name(self.project, run)
        configured = name or (own if own in self.project.targets else "")
        label = configured or str(run.target.get("name") or own)
        bare = Choice(
            name=name,
            label=label,
            system=None,
            takes_parameters=False,
            changed=False,
            cost_usd=None,
            problem="",
        )
        try:
            target = self._target(run, Changes(target=name))
        except SteelyardError as error:
            return replace(bare, problem=error.message)
        chat = _scheme(target.info.uri) in CHAT
        return replace(
            bare,
            system=self._system(run, configured, target) if chat else None,
            takes_parameters=chat,
            changed=not name and target.info.as_json() != dict(run.target),
            cost_usd=targets.estimate_cost(target, [case], prices=targets.bundled_prices()).expected,
        )

    def _system(self, run: RunRecord, configured: str, target: Target) -> str:
        """The system prompt's text as the target has it now."""
        given = self._settings(run, configured)[1].get("system")
        name = (
            given.removeprefix(_FILE).strip() if isinstance(given, str) and given[:5] == _FILE else "system"
        )
        return target.info.prompt_texts.get(name, "")

    def _target(self, run: RunRecord, changes: Changes) -> Target:
        if changes.target and changes.target not in self.project.targets:
            raise NotFoundError(
                f"no target is called '{changes.target[:200]}'",
                where="target",
                hint="Choose one of steelyard.toml",
            )
        own = _wiring.target_name(self.project, run)
        configured = changes.target or (own if own in self.project.targets else "")
        uri, settings = self._settings(run, configured)
        scheme = _scheme(uri)
        if scheme in _RECORDED:
            raise UsageError(
                "its answers were recorded: there is nothing to ask again",
                where=changes.target or own,
                hint="Add a live target to steelyard.toml, and choose that",
            )
        if scheme not in NETWORK and not self.executes:
            raise UsageError(
                f"'{scheme}:' targets execute a program on the server, and this server does not allow that",
                where=changes.target or own,
                hint="An administrator can: playground_programs = true under [server] of steelyard.toml",
            )
        wanted = _wanted(changes)
        if wanted and scheme not in CHAT:
            raise UsageError(
                f"'{scheme}:' targets take no {' or '.join(wanted)}", where=changes.target or own
            )
        return targets.resolve_target(
            _without(uri, wanted),
            name=configured,
            settings={**settings, **wanted},
            folder=self.project.folder,
            environ=os.environ,
        )

    def _settings(self, run: RunRecord, configured: str) -> tuple[str, dict[str, Json]]:
        """URI and settings: of the project file as it is now, or those that the run recorded."""
        if configured:
            settings = dict(self.project.targets[configured])
            uri = settings.pop("uri", "")
            return (uri if isinstance(uri, str) else ""), settings
        recorded = run.target.get("settings")
        settings = dict(recorded) if isinstance(recorded, Mapping) else {}
        for key in ("model", "base_url"):
            settings.pop(key, None)
        prompts = run.target.get("prompts")
        for key in ("system", "prompt"):
            if isinstance(prompts, Mapping) and key in prompts and key in run.prompts:
                settings[key] = _literal(run.prompts[key], key)
        uri = str(run.target.get("uri") or "")
        return uri, settings if _scheme(uri) in CHAT else {}

    def _metrics(self, run: RunRecord) -> tuple[Sequence[Metric], dict[str, Score]]:
        """The run's metrics, and a word for each that is not used here."""
        refused = [spec for spec in run.metrics if not self.executes and _executes(spec)]
        left_out: dict[str, Score] = {
            spec.key: Skipped(reason="it executes code, which this server does not allow") for spec in refused
        }
        kept = replace(run, metrics=tuple(spec for spec in run.metrics if spec not in refused))
        return _wiring.metrics_of(self.project, kept, store=self.store), left_out


def changed_case(case: Case, changes: Changes) -> Case:
    """The case with another input or other turns; raises UsageError for a sealed case and for too much."""
    if is_sealed(case):
        raise UsageError(
            "this case is sealed: its texts are shown to nobody, not even changed", where=case.id
        )
    changed = case
    if changes.input is not None:
        changed = replace(changed, input=changes.input)
    if changes.turns is not None:
        changed = replace(changed, turns=changes.turns)
    if _size(changed) + len(changes.system or "") > LONGEST_INPUT:
        raise UsageError(f"that is more than {LONGEST_INPUT:,} characters", where="input")
    return changed


def _size(case: Case) -> int:
    return len(str(case.input)) + sum(len(str(turn)) for turn in case.turns)


def _wanted(changes: Changes) -> dict[str, Json]:
    """Settings that stand before the target's own."""
    wanted: dict[str, Json] = {}
    for name, value in (changes.parameters or {}).items():
        if name not in _PARAMETERS:
            raise UsageError(f"'{name[:80]}' cannot be changed here", where=name[:80])
        wanted[name] = int(value) if value == int(value) else value
    if changes.system is not None:
        wanted["system"] = _literal(changes.system, "system")
    return wanted


def _literal(text: str, key: str) -> str:
    """A text that a target takes for a text: what names a file would be read from the server's disk."""
    if text.startswith(_FILE):
        raise UsageError(f"a {key} prompt cannot start with '{_FILE}' here", where=key, hint="Write its text")
    return text


def _without(uri: str, wanted: Mapping[str, Json]) -> str:
    """A URI without settings that something else stands before: a query would win over them."""
    head, mark, query = uri.partition("?")
    if not mark or not wanted:
        return uri
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in wanted]
    return f"{head}?{urlencode(kept)}" if kept else head


def _scheme(uri: str) -> str:
    scheme = uri.strip().partition(":")[0]
    return "http" if scheme == "https" else scheme


def _executes(spec: MetricSpec) -> bool:
    """Whether a metric may start something: by its name, or by a function, program or judge that it uses."""
    said = f"{spec.key} {canonical_json(spec.settings)}"
    return any(word in said for word in _EXECUTING)
