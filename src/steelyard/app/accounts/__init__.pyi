from ._changes import Changes
from ._journal import COMMAND_LINE, Journal, Outcome, operator
from ._keys import KeyRequest, check_key, make_key, parse_lifetime, state_of
from ._oidc import Identity, LoginRefusedError, OidcLogin, enter
from ._passwords import Passwords
from ._roles import SCOPES, Role, Scope, parse_role, role_in
from ._sessions import LONGEST, begin_session, end_session, find_session
from ._settings import OIDC_KEYS, SERVER_KEYS, OidcSettings, ServerSettings, read_settings
from ._tokens import form_token, new_token, same
from ._users import NewUser, add_user, change_password, check_password, user_name

__all__ = [
    "COMMAND_LINE",
    "LONGEST",
    "OIDC_KEYS",
    "SCOPES",
    "SERVER_KEYS",
    "Changes",
    "Identity",
    "Journal",
    "KeyRequest",
    "LoginRefusedError",
    "NewUser",
    "OidcLogin",
    "OidcSettings",
    "Outcome",
    "Passwords",
    "Role",
    "Scope",
    "ServerSettings",
    "add_user",
    "begin_session",
    "change_password",
    "check_key",
    "check_password",
    "end_session",
    "enter",
    "find_session",
    "form_token",
    "make_key",
    "new_token",
    "operator",
    "parse_lifetime",
    "parse_role",
    "read_settings",
    "role_in",
    "same",
    "state_of",
    "user_name",
]
