"""Judges as a project names them: models, limits and questions put together."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from steelyard.app._judge_table import BUILT_IN, JudgeTable, find_table, read_table, unknown_key
from steelyard.app._judge_task import make_task, without_opponent
from steelyard.app._project import JUDGE_PREFIX, Project
from steelyard.core import (
    ConfigError,
    Json,
    MetricSpec,
    NotFoundError,
    SystemClock,
    UsageError,
    canonical_json,
)
from steelyard.metrics.judge import Combine, Judge, Member, Task, response_format
from steelyard.store import Store
from steelyard.targets import Caller, Limits, Target, bundled_prices, resolve_target

_TIMEOUT_S = 120.0
_MOST_TOKENS = 1_024
_VARIED = 0.7
_SAMPLING_SCHEMES = frozenset({"openai", "anthropic"})
_OF_THE_SYSTEM = frozenset(
    {
        "system", "prompt", "tools", "tool_choice", "response_format", "stop", "stream", "logprobs",
        "temperature", "top_p", "top_k", "max_tokens", "seed",
    }
)  # fmt: skip
"""What a target's table says of the system under test, and nothing of the model behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeWiring:
    """What a project's judges are made with."""

    project: Project
    """Names of judges and targets, and where files are."""
    store: Store | None = None
    """Runs to compare with, and the answer cache."""
    use_cache: bool = False
    """Whether verdicts of earlier runs are used again."""
    seed: int = 0
    """Seed of the pauses between tries."""

    def judge(self, text: str) -> Judge:
        """The judge in `judge:NAME[:key=value,…]`."""
        name, table = find_table(self.project.judges, text.removeprefix(JUDGE_PREFIX))
        typed = text if text != f"{JUDGE_PREFIX}{name}" else ""
        return self._made(name, table, make_task(self.project, table, store=self.store), label=typed)

    def trial(self, text: str) -> Judge:
        """As `judge`, for trying it: a pairwise judge needs no other run then."""
        name, table = find_table(self.project.judges, text.removeprefix(JUDGE_PREFIX))
        if table.mode == "pairwise":
            return self._made(name, table, without_opponent(self.project, table), label=text)
        return self.judge(text)

    def pairs(self, text: str) -> Judge:
        """The models of a judge asked pairwise, for trying them."""
        name, table = find_table(self.project.judges, text.removeprefix(JUDGE_PREFIX))
        return self._made(name, table, without_opponent(self.project, table), label=text)

    def of_task(self, text: str, task: Task) -> Judge:
        """The models of a judge, asked something else."""
        name, table = find_table(self.project.judges, text.removeprefix(JUDGE_PREFIX))
        return self._made(name, table, task, label="")

    def again(self, spec: MetricSpec, *, run: str) -> Judge:
        """The judge of a stored declaration; raises UsageError when the project makes another one now."""
        name, table = find_table(self.project.judges, spec.key.removeprefix(JUDGE_PREFIX))
        against = spec.settings.get("against")
        if isinstance(against, str):
            table = replace(table, against=against)
        made = self._made(name, table, make_task(self.project, table, store=self.store), label=spec.label)
        changed = [
            key
            for key in sorted({*spec.settings, *made.spec.settings})
            if canonical_json(spec.settings.get(key)) != canonical_json(made.spec.settings.get(key))
        ]
        if made.spec.version != spec.version:
            changed.append("version")
        if changed:
            raise UsageError(
                f"{spec.key} is another judge now: {', '.join(changed)} changed since the run began",
                where=run,
                hint=f"Put it back, or judge the answers anew: steelyard score {run} --metric {spec.key}",
            )
        return made

    def _made(self, name: str, table: JudgeTable, task: Task, *, label: str) -> Judge:
        members = [
            self._member(entry, seat, table, schema=task.schema()) for entry, seat in self._seats(name, table)
        ]
        choice = task.mode in ("classification", "reference", "checklist", "pairwise", "first_step")
        combine: Combine = table.combine or (
            "majority" if choice or task.traits.scale == "binary" else "mean"
        )
        return Judge(
            name=name, task=task, members=tuple(members), samples=table.samples, combine=combine, label=label
        )

    def _seats(self, name: str, table: JudgeTable) -> list[tuple[str, JudgeTable]]:
        """Who sits on the panel, and with which table; a judge alone is a panel of one."""
        if not table.panel:
            return [(name, table)]
        seats = []
        for entry in table.panel:
            if entry in self.project.judges:
                seat = read_table(self.project.judges[entry], where=f"[judges.{entry}]")
                if seat.panel:
                    raise ConfigError(
                        f"'{entry}' is a panel itself", where=table.where, hint="Name its members"
                    )
            elif entry in self.project.targets or ":" in entry:
                seat = replace(table, target=entry, uri="", target_settings={})
            else:
                known = ", ".join([*self.project.judges, *self.project.targets])
                raise NotFoundError(
                    f"no judge or target named '{entry}'", where=table.where, hint=f"Known: {known}"
                )
            seats.append((entry, seat))
        return seats

    def _member(self, name: str, seat: JudgeTable, table: JudgeTable, *, schema: Json) -> Member:
        target = self._target(name, seat, table, schema=schema)
        caller = Caller(
            target,
            Limits(
                max_connections=seat.max_connections,
                max_cost_usd=seat.max_cost_usd if seat.max_cost_usd is not None else table.max_cost_usd,
                timeout_s=_TIMEOUT_S,
            ),
            clock=SystemClock(),
            rng=random.Random(self.seed),
            cache=self.store if self.use_cache else None,
            prices=bundled_prices(),
        )
        model = target.info.settings.get("model")
        return Member(
            caller=caller, name=name if table.panel else str(model or seat.target or target.info.uri)
        )

    def _target(self, name: str, seat: JudgeTable, table: JudgeTable, *, schema: Json) -> Target:
        uri, settings = self._model(seat)
        scheme = uri.partition(":")[0]
        if scheme in _SAMPLING_SCHEMES:
            settings.setdefault("temperature", 0 if table.samples == 1 else _VARIED)
            settings.setdefault("max_tokens", _MOST_TOKENS)
            if settings["temperature"] == "none":
                del settings["temperature"]
        if scheme == "openai" and seat.structured != "text":
            form: Json = response_format(schema) if seat.structured == "schema" else {"type": "json_object"}
            settings.setdefault("response_format", form)
        try:
            return resolve_target(
                uri, name=name, settings=settings, folder=self.project.folder, environ=os.environ
            )
        except ConfigError as error:
            raise unknown_key(error, seat) from None

    def _model(self, seat: JudgeTable) -> tuple[str, dict[str, Json]]:
        if seat.uri:
            return seat.uri, dict(seat.target_settings)
        if not seat.target:
            raise ConfigError(
                "the judge has no model",
                where=seat.where,
                hint='Write uri = "openai:MODEL", or target = "NAME" of a target',
            )
        known: Mapping[str, Json] | None = self.project.targets.get(seat.target)
        if known is None:
            if ":" in seat.target:
                return seat.target, dict(seat.target_settings)
            names = ", ".join(self.project.targets) or "none in steelyard.toml"
            raise NotFoundError(f"no target named '{seat.target}'", where=seat.where, hint=f"Known: {names}")
        kept = {key: value for key, value in known.items() if key not in _OF_THE_SYSTEM}
        uri = kept.pop("uri", None)
        if not isinstance(uri, str):
            raise ConfigError("the target has no 'uri'", where=f"[targets.{seat.target}]")
        return uri, {**kept, **seat.target_settings}


def judge_names(project: Project) -> list[str]:
    """Every judge that can be named here: the project's, then the shipped ones."""
    return [*project.judges, *(name for name in BUILT_IN if name not in project.judges)]
