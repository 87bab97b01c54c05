"""From a project to a listening address, until somebody asks it to end."""

from __future__ import annotations

import ipaddress
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn

from steelyard.app._project import Project
from steelyard.app.accounts import read_settings
from steelyard.app.web._app import create_app
from steelyard.app.web._logs import LogFormat, set_up_logs
from steelyard.app.web._site import Site
from steelyard.core import UsageError
from steelyard.store import open_store
from steelyard.store.accounts import Accounts

_GRACE_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Where and how to listen."""

    host: str = "127.0.0.1"
    """A name or an address."""
    port: int = 8321
    """0: any free one."""
    log_format: LogFormat = "text"
    """Lines for people, or JSON."""


def serve(project: Project, options: ServerOptions, *, ready: Callable[[str], None]) -> None:
    """Serve a project until SIGTERM or SIGINT; requests under way are answered first.

    `ready` is told the address once it answers. Raises UsageError when the address cannot be used, or can be
    reached from elsewhere while nobody would have to log in.
    """
    settings = read_settings(project.server, where=str(project.file or "[server]"))
    is_local = is_loopback(options.host)
    set_up_logs(options.log_format)
    with _listening(options) as listener, open_store(project.store) as store:
        site = Site(project=project, store=store, is_local=is_local)
        if (not is_local or settings.public_url) and not Accounts(store).people.any_users():
            raise UsageError(
                f"'{options.host}' can be reached from other machines, and this project has no users yet",
                where="--host",
                hint="Add one (steelyard user add NAME), or stay on 127.0.0.1 without public_url",
            )
        config = uvicorn.Config(
            create_app(site),
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=_GRACE_S,
            lifespan="on",
        )
        port = listener.getsockname()[1]
        shown = f"[{options.host}]" if ":" in options.host else options.host
        _catch_signals()
        _Announcing(config, lambda: ready(f"http://{shown}:{port}")).run([listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class _Announcing(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def _listening(options: ServerOptions) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise UsageError(
            f"cannot listen there: {error.strerror or error}",
            where=f"{options.host}:{options.port}",
            hint="Another server may be up; choose another --port",
        ) from None
    return listener


def _catch_signals() -> None:
    """The server sends itself again the signal that ended it: by then there is nothing left to do."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
