"""The project file: `steelyard.toml`, found upward from where one stands."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from steelyard.core import ConfigError, Json

FILE_NAME = "steelyard.toml"
DEFAULT_STORE = "sqlite:///.steelyard/steelyard.db"
JUDGE_PREFIX = "judge:"
"""What stands before a judge's name where a metric is expected."""

_TABLES = ("project", "targets", "judges", "suites", "gate", "policies", "server", "traces")
_PROJECT_KEYS = ("name", "store")
_GATE_KEYS = ("allowed_drop", "on_inconclusive", "rules", "max_missing", "anchor")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDefaults:
    """The `[gate]` table."""

    allowed_drop: float = 0.02
    """The drop that is allowed where no rule says otherwise."""
    on_inconclusive: Literal["warn", "fail"] = "warn"
    """Whether INCONCLUSIVE ends with exit code 3 or 1."""
    rules: str = ""
    """A rules file, relative to the project."""
    max_missing: float = 0.05
    """The share of missing pairs above which nothing is decided."""
    anchor: str = ""
    """A release that candidates are also held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with its settings; a folder without a project file has the defaults."""

    folder: Path
    """Where the project lives; relative paths in it start here."""
    name: str = ""
    """The project's name."""
    store: str = DEFAULT_STORE
    """The store's URL, with a relative SQLite path made absolute."""
    targets: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Target name to its settings."""
    judges: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Judge name to its settings."""
    suites: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Suite name to its settings."""
    gate: GateDefaults = field(default_factory=GateDefaults)
    """Gate defaults."""
    server: Mapping[str, Json] = field(default_factory=dict)
    """The `[server]` table, read by `steelyard serve`."""
    traces: Mapping[str, Json] = field(default_factory=dict)
    """The `[traces]` table, read where traces come in."""
    file: Path | None = None
    """The project file, when there is one."""


def find_project(folder: Path | None) -> Project:
    """The project of `--project DIR`, or the nearest upward from here, or the present folder's defaults.

    Raises ConfigError when the folder does not exist or cannot be looked into.
    """
    try:
        if folder is not None and not folder.is_dir():
            raise ConfigError("there is no such folder", where=str(folder), hint="Check --project")
        start = (folder or Path.cwd()).resolve()
        searched = [start] if folder is not None else [start, *start.parents]
        files = [place / FILE_NAME for place in searched if (place / FILE_NAME).is_file()]
    except OSError as error:
        raise ConfigError(
            f"cannot be looked into: {error.strerror}", where=str(folder or "."), hint="Check its permissions"
        ) from None
    if files:
        return load_project(files[0])
    return Project(folder=start, name=start.name, store=_absolute(DEFAULT_STORE, start))


def load_project(path: Path) -> Project:
    """Read a project file; raises ConfigError that names the file, the table and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="Mend the file") from None
    _known(document, _TABLES, where=str(path))
    project = _table(document, "project", where=str(path))
    _known(project, _PROJECT_KEYS, where=f"{path} [project]")
    folder = path.parent
    return Project(
        folder=folder,
        name=_text(project, "name", where=f"{path} [project]") or folder.name,
        store=_absolute(_text(project, "store", where=f"{path} [project]") or DEFAULT_STORE, folder),
        targets=_tables(document, "targets", where=str(path)),
        judges=_tables(document, "judges", where=str(path)),
        suites=_tables(document, "suites", where=str(path)),
        gate=_gate(_table(document, "gate", where=str(path)), where=f"{path} [gate]"),
        server=_table(document, "server", where=str(path)),
        traces=_table(document, "traces", where=str(path)),
        file=path,
    )


def _gate(table: Mapping[str, Json], *, where: str) -> GateDefaults:
    _known(table, _GATE_KEYS, where=where)
    word = table.get("on_inconclusive", "warn")
    if word not in ("warn", "fail"):
        raise ConfigError('\'on_inconclusive\' must be "warn" or "fail"', where=where, hint=f"It is {word!r}")
    max_missing = _amount(table, "max_missing", default=0.05, where=where)
    if max_missing > 1:
        raise ConfigError(
            "'max_missing' must lie between 0 and 1", where=where, hint=f"It is {max_missing:g}"
        )
    return GateDefaults(
        allowed_drop=_amount(table, "allowed_drop", default=0.02, where=where),
        on_inconclusive="fail" if word == "fail" else "warn",
        rules=_text(table, "rules", where=where),
        max_missing=max_missing,
        anchor=_text(table, "anchor", where=where),
    )


def _amount(table: Mapping[str, Json], key: str, *, default: float, where: str) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ConfigError(f"'{key}' must be a number of at least 0", where=where, hint=f"It is {value!r}")
    return float(value)


def _text(table: Mapping[str, Json], key: str, *, where: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"'{key}' must be text", where=where, hint=f'It is {value!r}: write it in "…"')
    return value


def _table(document: Mapping[str, Json], key: str, *, where: str) -> Mapping[str, Json]:
    value = document.get(key, {})
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"[{key}] must be a table", where=where, hint=f"Write [{key}] and its keys below it"
        )
    return value


def _tables(document: Mapping[str, Json], key: str, *, where: str) -> Mapping[str, Mapping[str, Json]]:
    outer = _table(document, key, where=where)
    return {name: _table(outer, name, where=f"{where} [{key}]") for name in outer}


def _known(table: Mapping[str, Json], keys: tuple[str, ...], *, where: str) -> None:
    for key in table:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(keys)}"
            raise ConfigError(f"unknown key '{key}'", where=where, hint=hint)


def _absolute(store: str, folder: Path) -> str:
    """A SQLite path is relative to the project, wherever the command is typed."""
    prefix = "sqlite:///"
    if not store.startswith(prefix) or store == prefix:
        return store
    return prefix + str((folder / store.removeprefix(prefix)).resolve())
