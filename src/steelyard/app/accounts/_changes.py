"""Changes of users and keys: each is made and written into the audit log in one place, for every door."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.app.accounts._journal import COMMAND_LINE, Journal
from steelyard.app.accounts._keys import KeyRequest, make_key
from steelyard.app.accounts._roles import Role
from steelyard.app.accounts._users import user_name
from steelyard.core import Clock, Json
from steelyard.store.accounts import Accounts, ApiKey, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What somebody changes, in their name."""

    accounts: Accounts
    """Users and keys."""
    journal: Journal
    """Where changes are written down."""
    clock: Clock
    """The time."""
    who: str
    """Whose name stands in the log."""
    source: str = COMMAND_LINE
    """Where they are."""

    def set_role(self, name: str, role: Role | None, *, project: str) -> User:
        """Give a user another role in a project, or none.

        Raises NotFoundError, and UsageError for the last administrator of every project.
        """
        user = user_name(name)
        word = "none" if role is None else role.name
        self.accounts.people.set_role(user, None if role is None else role.name, project=project)
        self._note("user.role", user, {"project": project, "role": word})
        return self.accounts.people.get_user(user)

    def close_user(self, name: str) -> User:
        """Keep a user out and end their sessions; raises as `set_role`."""
        return self._close(name, close=True)

    def open_user(self, name: str) -> User:
        """Let a user in again; raises NotFoundError."""
        return self._close(name, close=False)

    def add_key(self, request: KeyRequest) -> tuple[ApiKey, str]:
        """A new key and its text, which nobody can see again; raises UsageError."""
        made, token = make_key(self.accounts.keys, request, clock=self.clock)
        expires = None if made.expires is None else made.expires.isoformat()
        self._note(
            "key.add", made.prefix, {"role": made.role, "scopes": list(made.scopes), "expires": expires}
        )
        return made, token

    def revoke_key(self, prefix: str, *, project: str) -> None:
        """End a key of a project; raises NotFoundError."""
        self.accounts.keys.revoke_key(prefix, project=project, at=self.clock.now())
        self._note("key.revoke", prefix, {})

    def _close(self, name: str, *, close: bool) -> User:
        user = user_name(name)
        self.accounts.people.disable_user(user, self.clock.now() if close else None)
        self._note("user.disable" if close else "user.enable", user, {})
        return self.accounts.people.get_user(user)

    def _note(self, action: str, subject: str, detail: dict[str, Json]) -> None:
        self.journal.note(self.who, action, subject=subject, source=self.source, detail=detail)
