"""Who may administer what, and the changes that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from steelyard.app.accounts import Changes
from steelyard.app.web._guard import Guard, client_address
from steelyard.app.web._principal import principal_of
from steelyard.app.web._refusals import ForbiddenError
from steelyard.app.web._site import Site
from steelyard.core import UsageError
from steelyard.store.accounts import EVERY_PROJECT, User

_SWITCH_ON = "steelyard user add NAME adds the first administrator; from then on everybody logs in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an administrator works with."""

    guard: Guard
    """Accounts, the log, the project."""
    who: str
    """Their name."""
    kind: str
    """`local`, `user` or `key`."""
    everywhere: bool
    """Whether they administer every project of the store."""
    logins: bool
    """Whether anybody has to log in."""
    changes: Changes
    """What they change, in their name."""

    def users(self) -> list[User]:
        """Those they may know of: all, or those with a role here."""
        found = self.guard.accounts.people.list_users()
        if self.everywhere:
            return found
        places = (self.guard.project, EVERY_PROJECT)
        return [user for user in found if any(place in user.roles for place in places)]

    def check_person(self) -> None:
        """Keys make no keys and let nobody in; without logins there is nobody to change.

        Raises ForbiddenError and UsageError.
        """
        if not self.logins:
            raise UsageError("logins are off: there are no users and keys to change", hint=_SWITCH_ON)
        if self.kind != "user":
            raise ForbiddenError("users and keys are changed by people, not by keys", hint="Log in")

    def check_everywhere(self, what: str) -> None:
        """Raises ForbiddenError for who administers this project alone."""
        if not self.everywhere:
            raise ForbiddenError(f"{what}: only administrators of every project may", where="settings")


def desk_of(request: Request) -> Desk:
    """The desk of who asks; admission has checked their role."""
    guard: Guard = request.app.state.guard
    site: Site = request.app.state.site
    found = principal_of(request)
    who, kind = (found.name, found.kind) if found is not None else ("", "key")
    everywhere = kind == "local"
    if kind == "user":
        everywhere = guard.accounts.people.get_user(who).roles.get(EVERY_PROJECT) == "admin"
    changes = Changes(
        accounts=guard.accounts,
        journal=guard.journal,
        clock=site.clock,
        who=who,
        source=client_address(request),
    )
    return Desk(
        guard=guard, who=who, kind=kind, everywhere=everywhere, logins=guard.needs_login(), changes=changes
    )


def tabs(desk: Desk) -> Sequence[tuple[str, str]]:
    """The places of the settings that this administrator can use: name and address."""
    found = [("Project", "/settings")]
    if desk.logins:
        found += [("Users", "/settings/users"), ("Keys", "/settings/keys")]
    if desk.everywhere:
        found.append(("Audit log", "/settings/audit"))
    return found
