"""Logging in at an OpenID Connect provider: the authorization code flow with PKCE, state and nonce.

OpenID Connect Core 1.0 (§3.1), Discovery 1.0, RFC 7636 (PKCE), and RFC 9207 (the issuer in the answer).
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steelyard.app.accounts._passwords import Passwords
from steelyard.app.accounts._roles import Role
from steelyard.app.accounts._settings import OidcSettings
from steelyard.app.accounts._tokens import same, token_hash
from steelyard.app.accounts._users import NewUser, add_user, user_name
from steelyard.core import (
    Clock,
    ConfigError,
    MissingExtraError,
    NotFoundError,
    TargetError,
    UsageError,
    UserError,
)
from steelyard.store.accounts import People, User

_PENDING = 1000
_PENDING_S = 600
_TIMEOUT_S = 10
_LEEWAY_S = 60
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class LoginRefusedError(UserError):
    """The provider, or what it says, does not let somebody in."""

    kind = "login-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A login that went to the provider and has not come back."""

    began: float
    verifier: str
    nonce: str
    browser: str
    goal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the provider says somebody is."""

    issuer: str
    """The provider."""
    subject: str
    """Who they are there; never reused for another."""
    name: str
    """What they are called there; only ever a hint."""
    goal: str
    """The page they wanted."""


class OidcLogin:
    """The flow with one provider; logins that did not come back are forgotten after ten minutes."""

    def __init__(self, settings: OidcSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        self._metadata: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        """What one logs in with."""
        return self._settings.label

    async def start(self, *, redirect_uri: str, browser: str, goal: str) -> str:
        """Where to send the browser; `browser` is its cookie, without which nobody can come back."""
        metadata = await self._discover()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        self._forget()
        self._pending[token_hash(state)] = _Pending(
            began=self._clock.monotonic(),
            verifier=verifier,
            nonce=nonce,
            browser=token_hash(browser),
            goal=goal,
        )
        return str(url)

    async def finish(self, query: Mapping[str, str], *, redirect_uri: str, browser: str) -> Identity:
        """Who came back; raises LoginRefusedError when anything about it is not as it should be."""
        self._forget()
        pending = self._pending.pop(token_hash(query.get("state", "")), None)
        if pending is None or not browser or not same(pending.browser, token_hash(browser)):
            raise LoginRefusedError("this login was not begun here, or took too long", hint="Log in again")
        if query.get("iss", self._settings.issuer) != self._settings.issuer:
            raise LoginRefusedError("the answer comes from another provider", hint="Log in again")
        if "error" in query or not query.get("code"):
            raise LoginRefusedError("the provider did not let you in", hint="Ask who runs it")
        claims = await self._claims(query["code"], pending, redirect_uri=redirect_uri)
        return Identity(
            issuer=self._settings.issuer,
            subject=str(claims["sub"]),
            name=str(claims.get(self._settings.name_claim, "")),
            goal=pending.goal,
        )

    async def _claims(self, code: str, pending: _Pending, *, redirect_uri: str) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - an extra
        from joserfc import jwt  # noqa: PLC0415 - comes with it
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        metadata = await self._discover()
        try:
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=pending.verifier
                )
                answer = await client.request("GET", metadata["jwks_uri"], withhold_token=True)
                keys = KeySet.import_key_set(answer.json())
        except _provider_errors() as error:
            # Its text may hold the code or the secret.
            raise LoginRefusedError(
                f"the provider did not confirm the login ({type(error).__name__})", hint="Log in again"
            ) from None
        try:
            decoded = jwt.decode(str(token.get("id_token", "")), keys, algorithms=list(_ALGORITHMS))
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                    "sub": {"essential": True},
                },
                {
                    "nonce": pending.nonce,
                    "client_id": self._settings.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise LoginRefusedError(
                f"the provider's token does not hold ({type(error).__name__})", hint="Log in again"
            ) from None
        checked: Mapping[str, Any] = claims
        return checked

    async def _discover(self) -> Mapping[str, Any]:
        if self._metadata is not None:
            return self._metadata
        issuer = self._settings.issuer
        url = issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            async with self._client("") as client:
                document = (await client.request("GET", url, withhold_token=True)).raise_for_status().json()
        except _provider_errors() as error:
            raise TargetError(
                f"the login provider cannot be reached ({type(error).__name__})",
                where=issuer,
                hint="Try again",
            ) from None
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not isinstance(document, dict) or document.get("issuer") != issuer:
            raise ConfigError("the provider calls itself something else", where=issuer, hint="Mend 'issuer'")
        if not all(isinstance(document.get(key), str) for key in needed):
            raise ConfigError("the provider's description is incomplete", where=url, hint="Check 'issuer'")
        found: Mapping[str, Any] = document
        self._metadata = found
        return found

    def _client(self, redirect_uri: str) -> Any:
        try:
            from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - an extra
        except ModuleNotFoundError:
            raise MissingExtraError(
                "logging in at a provider needs a package that is not installed",
                hint="pip install 'steelyard[oidc]'",
            ) from None
        return AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret or None,
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
        )

    def _forget(self) -> None:
        """Drop the logins that took too long, and the oldest of too many."""
        oldest = self._clock.monotonic() - _PENDING_S
        while self._pending:
            first = next(iter(self._pending.values()))
            if first.began > oldest and len(self._pending) < _PENDING:
                return
            self._pending.popitem(last=False)


def enter(
    people: People, identity: Identity, *, default_role: Role | None, project: str, clock: Clock
) -> User:
    """The user that a provider's identity stands for; raises LoginRefusedError.

    Known by the provider's subject alone. At the first login it is bound to the user who was added for this
    provider under the claimed name; a user with a password is never taken over by a name that somebody
    could choose. Without such a user it is added, where there is a default role.
    """
    user = people.find_user(identity.issuer, identity.subject) or _first_time(
        people, identity, default_role=default_role, project=project, clock=clock
    )
    if user.disabled is not None:
        raise LoginRefusedError("this account is closed", hint="Ask an administrator")
    return user


def _first_time(
    people: People, identity: Identity, *, default_role: Role | None, project: str, clock: Clock
) -> User:
    try:
        name = user_name(identity.name)
    except UsageError:
        raise LoginRefusedError(
            "the provider gives no name that can be used", hint="Ask an administrator"
        ) from None
    if people.bind_user(name, issuer=identity.issuer, subject=identity.subject):
        return people.get_user(name)
    try:
        people.get_user(name)
    except NotFoundError:
        pass
    else:
        raise LoginRefusedError(
            f"the name '{name}' belongs to somebody else here", hint="Ask an administrator"
        )
    if default_role is None:
        raise LoginRefusedError(f"nobody added '{name}' here yet", hint="Ask an administrator")
    wanted = NewUser(
        name=name, role=default_role, project=project, issuer=identity.issuer, subject=identity.subject
    )
    return add_user(people, wanted, passwords=Passwords(), clock=clock)


def _provider_errors() -> tuple[type[Exception], ...]:
    from authlib.integrations.httpx_client import OAuthError  # noqa: PLC0415 - an extra
    from httpx2 import HTTPError  # noqa: PLC0415 - what Authlib speaks HTTP with
    from joserfc.errors import JoseError  # noqa: PLC0415

    return (OAuthError, HTTPError, JoseError, ValueError, KeyError, TypeError)
