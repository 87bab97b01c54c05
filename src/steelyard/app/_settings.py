"""The project as it was resolved, for people: each setting, its value, and where it is set."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from steelyard import __version__
from steelyard.app._gating import gate_rules
from steelyard.app._project import Project, load_project
from steelyard.app._shown_settings import Shower
from steelyard.app._toml_lines import Place, key_lines
from steelyard.app._trace_settings import KEYS as TRACE_KEYS
from steelyard.app._trace_settings import RETENTION_KEYS
from steelyard.app.accounts import LONGEST, OidcSettings, ServerSettings
from steelyard.core import ConfigError, Json, SteelyardError
from steelyard.gates import Rule
from steelyard.targets import Limits, bundled_prices
from steelyard.traces import IngestLimits

DEFAULT = "default"
_SERVER_WORDS = {"public_url": "the address it listens on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting."""

    name: str
    """Its key."""
    value: str
    """Its value in words; secrets are hidden."""
    where: str
    """File and line, or what else decides it."""
    of: str = ""
    """The target, judge or suite that it belongs to."""

    def as_json(self) -> dict[str, Json]:
        """What the API gives of it."""
        named: dict[str, Json] = {"of": self.of} if self.of else {}
        return {**named, "name": self.name, "value": self.value, "where": self.where}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingGroup:
    """Settings that belong together."""

    key: str
    """Names it for programs."""
    title: str
    """Names it for people."""
    how: str
    """How to change them."""
    settings: tuple[Setting, ...]
    """The settings."""
    problem: str = ""
    """Why some cannot be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What only the server that asks knows."""

    settings: ServerSettings
    """How it is reached."""
    is_local: bool
    """Whether only this machine can reach it."""
    store: str
    """Where its store is, without the password."""


def describe_settings(project: Project, server: Server, *, environ: Mapping[str, str]) -> list[SettingGroup]:
    """Every group of settings."""
    said = _Said(project, environ)
    return [
        _project(project, server, said),
        _tables(said, "targets", "Targets", project.targets),
        _tables(said, "judges", "Judges", project.judges),
        _tables(said, "suites", "Suites", project.suites),
        _gate(project, said),
        _server(project, server, said),
        _traces(project, said),
        _limits(),
        _software(),
    ]


def changed_since(project: Project) -> str:
    """What the project file says differently now; empty when it is as it was read."""
    if project.file is None:
        return ""
    try:
        now = load_project(project.file)
    except ConfigError as error:
        return f"The project file was changed since, and cannot be read now: {error}"
    if now == project:
        return ""
    return "The project file was changed since the server started: start it again to use it."


class _Said:
    """Values in words and places as file and line, for one project."""

    def __init__(self, project: Project, environ: Mapping[str, str]) -> None:
        self._file = project.file
        self._shower = Shower(environ)
        self._lines = _lines(project)

    def where(self, *place: str) -> str:
        """The line of the innermost part of a place that the file has."""
        inner: Place = place
        while inner:
            if inner in self._lines and self._file is not None:
                return f"{self._file.name}, line {self._lines[inner]}"
            inner = inner[:-1] if len(inner) > 2 else ()
        return DEFAULT

    def setting(self, key: str, value: Json, table: str, *, of: str = "") -> Setting:
        """One setting of a table, or of what is named in it."""
        place = (table, of, key) if of else (table, key)
        return Setting(name=key, value=self._shower.say(key, value), where=self.where(*place), of=of)

    def rows(self, table: str, name: str, values: Mapping[str, Json]) -> Iterator[Setting]:
        """The settings of a target, judge or suite."""
        for key, value in values.items():
            yield self.setting(key, value, table, of=name)


def _lines(project: Project) -> dict[Place, int]:
    if project.file is None:
        return {}
    try:
        return key_lines(project.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}


def _file(project: Project) -> str:
    return str(project.file) if project.file else f"{project.folder}/steelyard.toml, which does not exist yet"


def _project(project: Project, server: Server, said: _Said) -> SettingGroup:
    settings = (
        Setting(name="name", value=project.name, where=said.where("project", "name")),
        Setting(name="store", value=server.store, where=said.where("project", "store")),
        Setting(name="folder", value=str(project.folder), where="where the server was started, or --project"),
    )
    how = f"Edit [project] in {_file(project)}, then start the server again."
    return SettingGroup(key="project", title="Project", how=how, settings=settings)


def _tables(said: _Said, key: str, title: str, tables: Mapping[str, Mapping[str, Json]]) -> SettingGroup:
    settings = tuple(row for name, values in tables.items() for row in said.rows(key, name, values))
    return SettingGroup(key=key, title=title, how=f"Edit [{key}.NAME].", settings=settings)


def _gate(project: Project, said: _Said) -> SettingGroup:
    gate = project.gate
    values: Sequence[tuple[str, str]] = (
        ("allowed_drop", f"{gate.allowed_drop:g}"),
        ("on_inconclusive", gate.on_inconclusive),
        ("max_missing", f"{gate.max_missing:g}"),
        ("anchor", gate.anchor or "none"),
        ("rules", gate.rules or "none: every metric that both runs share may drop by what is allowed"),
    )
    settings = [Setting(name=name, value=value, where=said.where("gate", name)) for name, value in values]
    problem = ""
    try:
        rules = gate_rules(project)
    except SteelyardError as error:
        problem = f"The rules cannot be used: {error}"
    else:
        settings += [Setting(name="rule", value=_rule(rule), where=gate.rules) for rule in rules.rules]
        if gate.rules and rules.on_inconclusive != gate.on_inconclusive:
            settings[1] = Setting(name="on_inconclusive", value=rules.on_inconclusive, where=gate.rules)
    return SettingGroup(
        key="gate",
        title="Gate",
        how="Edit [gate], or its rules file; what is written there counts at once on the command line.",
        settings=tuple(settings),
        problem=problem,
    )


def _rule(rule: Rule) -> str:
    place = f" on {rule.slice}" if rule.slice else ""
    if rule.kind == "bound":
        word = "at least" if rule.at_least is not None else "at most"
        return f"{rule.metric}{place} must be {word} {rule.limit:g}"
    if rule.kind == "better":
        return f"{rule.metric}{place} must be better{f' by more than {rule.margin:g}' if rule.margin else ''}"
    return f"{rule.metric}{place} may get worse by at most {rule.margin:g}"


def _server(project: Project, server: Server, said: _Said) -> SettingGroup:
    found = server.settings
    reach = "this machine alone" if server.is_local else "other machines too"
    settings = [Setting(name="reached from", value=reach, where="--host")]
    for each in fields(found):
        if each.name != "oidc":
            value = getattr(found, each.name)
            shown = ", ".join(value) if isinstance(value, tuple) else _amount(value)
            shown = shown or _SERVER_WORDS.get(each.name, "none")
            settings.append(Setting(name=each.name, value=shown, where=said.where("server", each.name)))
    settings.append(
        Setting(name="session", value=f"at most {LONGEST.days} days, less when unused", where="fixed")
    )
    given = project.server.get("oidc")
    settings += _oidc(found.oidc, given if isinstance(given, Mapping) else {}, said)
    how = f"Edit [server] in {_file(project)}; --host and --port belong to steelyard serve."
    return SettingGroup(key="server", title="Server", how=how, settings=tuple(settings))


def _oidc(oidc: OidcSettings | None, given: Mapping[str, Json], said: _Said) -> Iterator[Setting]:
    if oidc is None:
        yield Setting(
            name="oidc", value="none: people log in with a password", where=said.where("server", "oidc")
        )
        return
    role = oidc.default_role
    values = (
        ("issuer", oidc.issuer),
        ("client_id", oidc.client_id),
        ("client_secret", "set, not shown" if oidc.client_secret else "none: a public client"),
        ("name_claim", oidc.name_claim),
        ("default_role", role.name if role else "none: only users who were added may enter"),
        ("label", oidc.label),
    )
    for name, value in values:
        where = said.where("server", "oidc", name) if name in given else DEFAULT
        yield Setting(name=name, value=value, where=where, of="oidc")


def _traces(project: Project, said: _Said) -> SettingGroup:
    """What is taken out of traces, and how long each class of them is kept."""
    table = project.traces
    settings = [
        said.setting(key, table[key], "traces")
        if table.get(key)
        else Setting(name=key, value="none", where=DEFAULT)
        for key in TRACE_KEYS
        if key != "retention"
    ]
    kept = table.get("retention")
    days = kept if isinstance(kept, Mapping) else {}
    settings += [
        Setting(
            name=key,
            value=f"{days[key]} days" if days.get(key) else "kept until somebody deletes it",
            where=said.where("traces", "retention", key) if days.get(key) else DEFAULT,
            of="retention",
        )
        for key in RETENTION_KEYS
    ]
    return SettingGroup(key="traces", title="Traces", how="Edit [traces].", settings=tuple(settings))


def _limits() -> SettingGroup:
    calls = Limits()
    settings = [
        Setting(
            name=each.name, value=_amount(getattr(calls, each.name)), where=DEFAULT, of="calls to a target"
        )
        for each in fields(calls)
    ]
    traces = IngestLimits()
    settings += [
        Setting(
            name=each.name, value=_amount(getattr(traces, each.name)), where="fixed", of="traces that come in"
        )
        for each in fields(traces)
    ]
    how = (
        "Options of steelyard run change those of calls for one run: --max-connections, --timeout and others."
    )
    return SettingGroup(key="limits", title="Limits", how=how, settings=tuple(settings))


def _software() -> SettingGroup:
    prices = bundled_prices()
    settings = (
        Setting(name="steelyard", value=__version__, where="installed"),
        Setting(name="python", value=platform.python_version(), where="installed"),
        Setting(
            name="price table",
            value=f"{prices.version}, {len(prices.prices)} models",
            where="ships with this version; price of a target stands before it",
        ),
    )
    return SettingGroup(key="software", title="Software", how="Install another version.", settings=settings)


def _amount(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
    )
