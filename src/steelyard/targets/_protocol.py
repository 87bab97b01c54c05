"""What a target is: something that answers a request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from steelyard.core import Case, Json, Message, Output


def _no_attachments(sha256: str) -> bytes:
    raise KeyError(sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to answer: a case, in one epoch, at one point of its conversation."""

    case: Case
    """The case being played."""
    epoch: int = 1
    """Which repetition, from 1."""
    messages: Sequence[Message] = ()
    """The conversation so far, for scripted turns and scenarios; empty: build it from the case's input."""
    seed: int | None = None
    """Sampling seed to pass on to targets that take one."""
    attachment: Callable[[str], bytes] = _no_attachments
    """Reads an attachment's bytes by its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """The pinned configuration of a target: everything that can change an answer, and no secret."""

    name: str
    """What people call it: the project file's name, or the URI."""
    uri: str
    """The URI it was made from, without credentials."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Model, sampling parameters, request template, content hash of a replayed file, …"""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Prompt file name to SHA-256 of its text; the texts are stored with the run."""
    prompt_texts: Mapping[str, str] = field(default_factory=dict)
    """Prompt file name to its text."""
    reusable: bool = True
    """False for `python:` and `command:` targets: their answers are never reused across runs."""
    recorded: bool = False
    """True for replayed answers: no call is made, and epochs come from the file."""
    epochs: int = 1
    """How many repetitions the target holds by itself (recorded files); 1 for live targets."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form that is stored with a run."""
        return {
            "name": self.name,
            "uri": self.uri,
            "settings": dict(self.settings),
            "prompts": dict(self.prompts),
        }


class Target(Protocol):
    """A system under test, a judge or an attacker."""

    @property
    def info(self) -> TargetInfo:
        """The pinned configuration."""
        ...

    async def open(self) -> None:
        """Connect and check that it can be reached; raises TargetError within 5 seconds if not."""
        ...

    async def answer(self, request: Request) -> Output:
        """Answer one request, once: no retry, no rate limit, no cache.

        A fault that the target caused comes back as an Output with a `Fault`. What may be worth a
        retry is raised as `RetryableFault`.
        """
        ...

    async def close(self) -> None:
        """Release connections and processes."""
        ...


@runtime_checkable
class Recorded(Protocol):
    """A target that holds its answers already, and can say which cases they belong to."""

    def review(self, case_ids: Collection[str]) -> tuple[str, ...]:
        """What does not fit between the answers and these cases; raises InputError when nothing does."""
        ...


class RetryableFault(Exception):  # noqa: N818 - a signal from target to caller, no error of its own
    """The call failed in a way that another try may mend: 408, 409, 429, 5xx, a lost connection."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retry_after_s: float | None = None,
        throttled: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after_s = retry_after_s
        self.throttled = throttled
