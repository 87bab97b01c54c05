from ._folder import DEMO_NAME, lay_out
from ._live import LiveResult, LiveVoice, run_live
from ._pages import write_pages
from ._recorded import Decided, decide_all, record_runs
from ._screens import closing_screen, live_screen, next_commands, opening_screen, verdict_screen
from ._versions import CANDIDATES, PromptVersion

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
