"""What stands before every route: who asks, from where, how often."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import Request

from steelyard.app.accounts import (
    Journal,
    OidcLogin,
    Passwords,
    Role,
    Scope,
    check_key,
    find_session,
    read_settings,
    role_in,
)
from steelyard.app.web._principal import LOCAL_USER, PAGE, Principal
from steelyard.app.web._rate import Buckets
from steelyard.app.web._refusals import ForbiddenError, LoginNeededError, TooManyError
from steelyard.app.web._site import Site
from steelyard.store.accounts import Accounts

READING = frozenset({"GET", "HEAD", "OPTIONS"})

_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_BURST_S = 4
_STRANGER_BURST, _STRANGER_RATE = 120, 10.0
_LOGIN_BURST, _LOGIN_RATE = 10, 1 / 6
_INGEST_FACTOR = 10
_PAGE_BURST, _PAGE_RATE = 30, 1.0
_PAGES_BURST, _PAGES_RATE = 300, 50.0


class Guard:
    """Everything that admission needs, made once for a site."""

    def __init__(self, site: Site) -> None:
        self.settings = read_settings(site.project.server, where=str(site.project.file or "[server]"))
        self.accounts = Accounts(site.store)
        self.passwords = Passwords()
        self.clock = site.clock
        self.journal = Journal(self.accounts.audit, clock=site.clock)
        self.project = site.project.name
        oidc = self.settings.oidc
        self.oidc = None if oidc is None else OidcLogin(oidc, clock=site.clock)
        self._is_local = site.is_local
        self._has_users = False
        rate = self.settings.requests_per_second
        self._known = Buckets(size=max(1.0, _BURST_S * rate), per_second=rate, clock=site.clock)
        self._ingest = Buckets(
            size=max(1.0, _BURST_S * _INGEST_FACTOR * rate),
            per_second=_INGEST_FACTOR * rate,
            clock=site.clock,
        )
        self._strangers = Buckets(size=_STRANGER_BURST, per_second=_STRANGER_RATE, clock=site.clock)
        self._page = Buckets(size=_PAGE_BURST, per_second=_PAGE_RATE, clock=site.clock)
        self._pages = Buckets(size=_PAGES_BURST, per_second=_PAGES_RATE, clock=site.clock)
        self._logins = Buckets(size=_LOGIN_BURST, per_second=_LOGIN_RATE, clock=site.clock)

    @property
    def session_cookie(self) -> str:
        """The cookie's name: with https, one that nobody else's host can set (`__Host-`, RFC 6265bis)."""
        return "__Host-steelyard" if self.settings.is_https else "steelyard"

    @property
    def login_cookie(self) -> str:
        """The name of the cookie that binds a login form, and a visit to the provider, to one browser."""
        return "__Host-steelyard-login" if self.settings.is_https else "steelyard-login"

    def needs_login(self) -> bool:
        """False while only this machine can ask, and nobody was ever added."""
        if not self._is_local or self.settings.public_url:
            return True
        self._has_users = self._has_users or self.accounts.people.any_users()
        return self._has_users

    def check_address(self, request: Request, *, origins: Collection[str] = ()) -> bool:
        """A page elsewhere must not reach a server through a browser, by name (DNS rebinding) or by form.

        Returns whether a page of one of these origins asks, which may where it is not taken for a person.
        """
        public = urlsplit(self.settings.public_url).hostname
        host = _hostname(request.headers.get("host", ""))
        allowed = (_LOCAL_NAMES if self._is_local else frozenset()) | ({public} if public else frozenset())
        if allowed and host not in allowed:
            raise ForbiddenError(
                "this server does not answer to that name",
                where="Host",
                hint=f"Open {self.settings.public_url or 'http://127.0.0.1 with its port'}",
            )
        if request.method in READING:
            return False
        origin = request.headers.get("origin")
        is_own = origin is None or self._is_own(origin, request)
        if origin in origins and not is_own:
            return True
        if not is_own:
            raise ForbiddenError("the request comes from another site's page", where="Origin")
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise ForbiddenError("the request comes from another site's page", where="Sec-Fetch-Site")
        return False

    def identify(self, request: Request) -> Principal | None:
        """Who asks; None: a stranger. Raises LoginNeededError for a key that opens nothing."""
        if not self.needs_login():
            if any(name in request.headers for name in _PROXIED):
                raise ForbiddenError(
                    "the request came through a proxy, and this project has no users yet",
                    hint="steelyard user add NAME, and public_url under [server]",
                )
            return LOCAL_USER
        given = request.headers.get("authorization")
        if given is not None:
            return self._by_key(given)
        token = request.cookies.get(self.session_cookie, "")
        user = find_session(self.accounts.people, token, clock=self.clock)
        if user is None:
            return None
        role = role_in(user.roles, self.project)
        return Principal(name=user.name, role=role, kind="user", cookie=token)

    def identify_page(self, request: Request, *, is_foreign: bool) -> Principal | None:
        """Who sends feedback: somebody known, or a page that anybody can read, by the key that stands in it.

        Such a key may come in the address: a browser that leaves a page sends no header of its own. A page of
        another origin is never taken for the person who looks at it, whatever its browser sends along.
        """
        token = request.query_params.get("key", "")
        if not self.needs_login():
            known = self.identify(request)
            return PAGE if is_foreign or token else known
        given = request.headers.get("authorization")
        if given is None and not token:
            return None if is_foreign else self.identify(request)
        found = self._by_key(given or f"Bearer {token}")
        if not found.is_public and (is_foreign or given is None):
            raise ForbiddenError(
                "this key is a secret: it must not stand in a page or in an address",
                hint="Revoke it, and make one: steelyard key add NAME --role rater --scope feedback",
            )
        return found

    def limit(self, request: Request, principal: Principal | None, *, scope: Scope) -> None:
        """Raises TooManyError for who asks too often; nobody is limited on their own machine."""
        if principal is LOCAL_USER:
            return
        if principal is not None and principal.is_public:
            each = self._page.take(f"{principal.name} {client_address(request)}")
            wait = each or self._pages.take(principal.name)
        elif principal is None:
            wait = self._strangers.take(client_address(request))
        else:
            buckets = self._ingest if scope == "ingest" else self._known
            wait = buckets.take(f"{principal.kind} {principal.name}")
        if wait:
            raise TooManyError("too many requests", wait_s=wait)

    def limit_login(self, request: Request, name: str) -> None:
        """Raises TooManyError for who tries passwords: ten, then ten a minute, by address and by name."""
        waits = (self._logins.take(f"from {client_address(request)}"), self._logins.take(f"as {name[:200]}"))
        if max(waits):
            raise TooManyError("too many attempts to log in", wait_s=max(waits))

    def _by_key(self, given: str) -> Principal:
        scheme, _, token = given.partition(" ")
        if scheme.lower() == "bearer":
            key = check_key(self.accounts.keys, token.strip(), project=self.project, clock=self.clock)
            if key is not None:
                scopes: tuple[Scope, ...] = tuple(key.scopes)  # type: ignore[arg-type] # they were checked when made
                return Principal(name=f"key:{key.prefix}", role=Role[key.role], kind="key", scopes=scopes)
        raise LoginNeededError("the key is unknown, expired or revoked", hint="steelyard key list")

    def _is_own(self, origin: str, request: Request) -> bool:
        if origin == self.settings.public_url:
            return True
        return not self.settings.public_url and urlsplit(origin).netloc == request.headers.get("host")


def client_address(request: Request) -> str:
    """The address that asks: the proxy's, unless it is a trusted one."""
    return request.client.host if request.client is not None else "unknown"


def _hostname(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None
