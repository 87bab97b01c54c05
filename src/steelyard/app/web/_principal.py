"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from steelyard.app.accounts import SCOPES, Role, Scope, form_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks."""

    name: str
    """A name for logs and records."""
    role: Role | None
    """What they may do; None: nothing that needs a role."""
    kind: Literal["local", "user", "key"] = "local"
    """How they were told: by this machine, a session, or a key."""
    scopes: tuple[Scope, ...] = SCOPES
    """Which doors are open to them."""
    cookie: str = ""
    """The session's token, which forms are bound to."""

    @property
    def is_public(self) -> bool:
        """Whether anybody may be behind it: a key that opens feedback alone stands in pages."""
        return self.kind == "key" and self.scopes == ("feedback",)

    def __repr__(self) -> str:
        return f"Principal({self.name!r}, {self.role!r}, {self.kind!r})"


LOCAL_USER = Principal(name="local", role=Role.admin)
PAGE = Principal(name="key:page", role=Role.rater, kind="key", scopes=("feedback",))
"""A page of another origin, while nobody needs a login."""


def principal_of(request: Request) -> Principal | None:
    """Who asks, once they were admitted; None before, and for strangers."""
    found = getattr(request.state, "principal", None)
    return found if isinstance(found, Principal) else None


def project_context(request: Request) -> str:
    """The project's name, for those who may know it: an error page is shown to strangers too."""
    return str(request.app.state.site.project.name) if principal_of(request) is not None else "Steelyard"


def may_edit(request: Request) -> bool:
    """Whether a page should offer what only an editor may do; the route itself checks again."""
    found = principal_of(request)
    return found is not None and found.role is not None and found.role >= Role.editor


def may_rate(request: Request) -> bool:
    """Whether a page should offer what only a rater may do; the route itself checks again."""
    found = principal_of(request)
    return found is not None and found.role is not None and found.role >= Role.rater


def identity_context(request: Request) -> dict[str, str]:
    """What a page shows of the person who looks: their name, and the token that their forms send."""
    found = principal_of(request)
    if found is None or found.kind != "user":
        return {"who": "", "form_token": ""}
    return {"who": found.name, "form_token": form_token(found.cookie)}
