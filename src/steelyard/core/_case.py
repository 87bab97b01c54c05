"""A case: what is asked of the system, and what is known about a right answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from steelyard.core._json import Json, content_hash

Message = Mapping[str, Json]
"""A chat message: `role`, `content` (text or parts), and what a model may add (`tool_calls`, `name`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file or image that travels with a case, named by its content."""

    path: str
    """Path as the author wrote it, relative to the case file."""
    sha256: str
    """SHA-256 of the bytes: what identifies the attachment."""
    media_type: str
    """IANA media type, such as `image/png`."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form of the contract."""
        return {"path": self.path, "sha256": self.sha256, "media_type": self.media_type}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A simulated user: another target plays the persona until the goal is reached."""

    persona: str
    """Who the user is and how they speak."""
    goal: str
    """What they want; reaching it ends the conversation."""
    max_turns: int = 10
    """The most user turns played."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form of the contract."""
        return {"persona": self.persona, "goal": self.goal, "max_turns": self.max_turns}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of a benchmark. `id` and one of `input`, `turns`, `scenario` are required."""

    id: str
    """Unique within a benchmark version; printable, at most 512 characters."""
    input: Json = None
    """Text, a list of chat messages, or an object with whatever the target takes."""
    expected: Json = None
    """Text, a list of acceptable texts, or an object that a metric understands; None when unknown."""
    context: tuple[str, ...] = ()
    """Documents that the answer may rely on."""
    turns: tuple[Message, ...] = ()
    """Messages of a scripted user, played one after the other."""
    scenario: Scenario | None = None
    """A simulated user, instead of a script."""
    attachments: tuple[Attachment, ...] = ()
    """Files and images sent with the input."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Dimension to value: the capability slices this case belongs to."""
    group: str | None = None
    """The cluster: paraphrases, a shared document, a conversation. None: the case stands alone."""
    weight: float = 1.0
    """Positive weight in averages."""
    split: str = "open"
    """`open`, `sealed`, or a name of the author's."""
    metadata: Mapping[str, Json] = field(default_factory=dict)
    """Anything else; never read by Steelyard's own metrics."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what is asked and what is expected.

        Labels (slices, group, weight, split, metadata) may change without making a case another
        case: two versions of a benchmark can be compared on the cases whose hashes agree.
        """
        return content_hash(self._question())

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of everything, labels included: what names the stored row."""
        return content_hash(self.as_json())

    def __getitem__(self, name: str) -> Json:
        """A field as the case's JSON line names it, for functions that read cases as dictionaries.

        A field that the line leaves out has its default; KeyError for what is no field.
        """
        row = self.as_json()
        if name in row:
            return row[name]
        if name not in self.__dataclass_fields__:
            raise KeyError(f"a case has no field {name!r}; it has {', '.join(self.__dataclass_fields__)}")
        default = getattr(self, name)
        return list(default) if isinstance(default, tuple) else default

    @property
    def cluster(self) -> str:
        """The resampling unit this case belongs to: its group, or itself."""
        return self.id if self.group is None else f"group:{self.group}"

    def _question(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "input": self.input,
            "expected": self.expected,
            "context": list(self.context),
            "turns": list(self.turns),
            "scenario": self.scenario.as_json() if self.scenario else None,
            "attachments": [[item.sha256, item.media_type] for item in self.attachments],
        }

    def as_json(self) -> dict[str, Json]:
        """The JSON line of the contract, without fields that hold their default."""
        row: dict[str, Json] = {"id": self.id}
        if self.input is not None:
            row["input"] = self.input
        if self.expected is not None:
            row["expected"] = self.expected
        if self.context:
            row["context"] = list(self.context)
        if self.turns:
            row["turns"] = list(self.turns)
        if self.scenario is not None:
            row["scenario"] = self.scenario.as_json()
        if self.attachments:
            row["attachments"] = [item.as_json() for item in self.attachments]
        if self.slices:
            row["slices"] = dict(self.slices)
        if self.group is not None:
            row["group"] = self.group
        if self.weight != 1.0:
            row["weight"] = float(self.weight)
        if self.split != "open":
            row["split"] = self.split
        if self.metadata:
            row["metadata"] = dict(self.metadata)
        return row


def case_from_json(row: Mapping[str, Json]) -> Case:
    """A case from a validated JSON line; unknown keys are the importer's business, not ours.

    Raises KeyError or TypeError when the row was not validated first.
    """
    scenario = row.get("scenario")
    return Case(
        id=str(row["id"]),
        input=row.get("input"),
        expected=row.get("expected"),
        context=tuple(map(str, _sequence(row.get("context")))),
        turns=tuple(map(_mapping, _sequence(row.get("turns")))),
        scenario=_scenario(_mapping(scenario)) if scenario is not None else None,
        attachments=tuple(_attachment(_mapping(item)) for item in _sequence(row.get("attachments"))),
        slices={key: str(value) for key, value in _mapping(row.get("slices")).items()},
        group=None if row.get("group") is None else str(row["group"]),
        weight=_number(row.get("weight"), default=1.0),
        split=str(row.get("split") or "open"),
        metadata=_mapping(row.get("metadata")),
    )


def _scenario(row: Mapping[str, Json]) -> Scenario:
    return Scenario(
        persona=str(row["persona"]),
        goal=str(row["goal"]),
        max_turns=int(_number(row.get("max_turns"), default=10)),
    )


def _attachment(row: Mapping[str, Json]) -> Attachment:
    return Attachment(path=str(row["path"]), sha256=str(row["sha256"]), media_type=str(row["media_type"]))


def _sequence(value: Json) -> Sequence[Json]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return value


def _mapping(value: Json) -> Mapping[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"expected an object, got {type(value).__name__}")
    return value


def _number(value: Json, *, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)
