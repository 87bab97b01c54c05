"""The web application: pages for people and an API for programs, on one project's store."""

from steelyard.app.web._app import create_app
from steelyard.app.web._server import ServerOptions, serve
from steelyard.app.web._site import Site

__all__ = ["ServerOptions", "Site", "create_app", "serve"]
