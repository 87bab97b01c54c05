"""The application: routes, the guard before them, the shield around them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from steelyard import __version__
from steelyard.app._uploads import Shelf
from steelyard.app.web import (
    _api_benchmarks,
    _api_feedback,
    _api_home,
    _api_playground,
    _api_prompts,
    _api_runs,
    _api_settings,
    _api_traces,
    _assets,
    _audit_log,
    _benchmarks,
    _case_edit,
    _compare,
    _coverage,
    _download,
    _health,
    _home,
    _keys,
    _ledger,
    _login,
    _openapi,
    _otlp,
    _palette,
    _playground,
    _prompts,
    _runs,
    _sample,
    _settings,
    _trace,
    _trace_case,
    _trace_feedback,
    _trace_list,
    _upload,
    _users,
    _views,
)
from steelyard.app.web._access import admit, check_declared
from steelyard.app.web._auditor import Auditor
from steelyard.app.web._cors import FeedbackCors
from steelyard.app.web._errors import answer_bug, answer_error, answer_http, answer_invalid
from steelyard.app.web._figures import Figures
from steelyard.app.web._guard import Guard
from steelyard.app.web._intake import Intake
from steelyard.app.web._refusals import (
    LoginNeededError,
    TooManyError,
    answer_login_needed,
    answer_too_many,
)
from steelyard.app.web._shield import Shield
from steelyard.app.web._site import Site
from steelyard.app.web._upkeep import Upkeep
from steelyard.core import SteelyardError

_LARGEST_BODY = 64 * 1024 * 1024
_WARM_AFTER_S = 1.0
_PARTS = (
    _otlp,
    _health,
    _assets,
    _login,
    _home,
    _palette,
    _upload,
    _benchmarks,
    _case_edit,
    _coverage,
    _download,
    _runs,
    _sample,
    _playground,
    _compare,
    _prompts,
    _ledger,
    _trace_list,
    _views,
    _trace_case,
    _trace_feedback,
    _trace,
    _settings,
    _users,
    _keys,
    _audit_log,
    _openapi,
    _api_benchmarks,
    _api_home,
    _api_runs,
    _api_playground,
    _api_prompts,
    _api_traces,
    _api_settings,
    _api_feedback,
)


def create_app(site: Site) -> ASGIApp:
    """The ASGI application of a site; raises BugError for a route without a declared role."""

    intake = Intake(site)
    upkeep = Upkeep(site, intake)
    shelf = Shelf(clock=site.clock)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        intake.begin()
        upkeep.begin()
        warming = asyncio.create_task(_warm(site))
        yield
        warming.cancel()
        await asyncio.wait([warming])
        upkeep.close()
        intake.close()
        site.headlines.close()
        site.answers.close()
        shelf.close()

    app = FastAPI(
        title="Steelyard",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(admit)],
        max_body_size=_LARGEST_BODY,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        lifespan=lifespan,
    )
    app.state.site = site
    app.state.intake = intake
    app.state.shelf = shelf
    app.state.guard = guard = Guard(site)
    for part in _PARTS:
        app.include_router(part.router)
    app.add_exception_handler(SteelyardError, answer_error)  # type: ignore[arg-type]
    app.add_exception_handler(LoginNeededError, answer_login_needed)  # type: ignore[arg-type]
    app.add_exception_handler(TooManyError, answer_too_many)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, answer_http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, answer_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, answer_bug)
    check_declared(routes())
    around = FeedbackCors(Auditor(app, journal=guard.journal), origins=guard.settings.feedback_origins)
    return Shield(around, site=site)


async def _warm(site: Site) -> None:
    """Work out what is asked first, once the server is up: before, it would only come up later."""
    await asyncio.sleep(_WARM_AFTER_S)
    await run_in_threadpool(Figures(site).warm)


def routes() -> list[BaseRoute]:
    """Every route of the application."""
    return [route for part in _PARTS for route in part.router.routes]
