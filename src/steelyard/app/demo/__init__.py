"""The demonstration: a support benchmark, recorded answers of a small model, and the model itself."""

from steelyard.app.demo._folder import DEMO_NAME, lay_out
from steelyard.app.demo._live import LiveResult, LiveVoice, run_live
from steelyard.app.demo._pages import write_pages
from steelyard.app.demo._recorded import Decided, decide_all, record_runs
from steelyard.app.demo._screens import (
    closing_screen,
    live_screen,
    next_commands,
    opening_screen,
    verdict_screen,
)
from steelyard.app.demo._versions import CANDIDATES, PromptVersion

__all__ = [
    "CANDIDATES",
    "DEMO_NAME",
    "Decided",
    "LiveResult",
    "LiveVoice",
    "PromptVersion",
    "closing_screen",
    "decide_all",
    "lay_out",
    "live_screen",
    "next_commands",
    "opening_screen",
    "record_runs",
    "run_live",
    "verdict_screen",
    "write_pages",
]
