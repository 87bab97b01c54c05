"""The event loop of a run: uvloop where it is installed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine

_new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
try:
    import uvloop
except ImportError:  # no wheel for this platform: the standard loop does the same, slower
    pass
else:
    _new_loop = uvloop.new_event_loop


def run_to_end(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a coroutine to its end on a loop of its own, also from inside a running loop (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _run(main)
        return
    raised: list[BaseException] = []

    def beside() -> None:
        try:
            _run(main)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            raised.append(error)

    thread = threading.Thread(target=beside, name="run-loop")
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def _run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(main())
