"""What a run may use: connections, tries, time, and money."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from steelyard.core import UsageError

_ZERO_ALLOWED = frozenset({"max_cost_usd", "backoff_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a target is called, and what stops a run. The caps hold for one sitting of a run."""

    max_connections: int = 64
    """Most calls under way at once."""
    adaptive: bool = True
    """Whether the number of calls under way adapts to what the target bears."""
    max_attempts: int = 6
    """Tries of one call that fails in a way another try may mend."""
    max_throttled: int = 30
    """Further tries after a refusal for lack of capacity: such calls wait their turn, they do not fail."""
    timeout_s: float = 300.0
    """Seconds for one try; a target's own `timeout` setting wins. Running out is a failure of the target."""
    backoff_s: float = 0.5
    """First pause before another try; it doubles with each, with jitter."""
    max_backoff_s: float = 30.0
    """Longest pause that doubling leads to."""
    max_wait_s: float = 300.0
    """Longest `Retry-After` that is waited for; beyond it the call is lost to the infrastructure."""
    give_up_after: int = 10
    """Calls in a row that end in a failure of the infrastructure before the target counts as lost."""
    max_cost_usd: float | None = None
    """Cap on money, in US dollars."""
    max_tokens: int | None = None
    """Cap on tokens, read and written."""
    max_seconds: float | None = None
    """Cap on wall-clock seconds since the first call."""
    max_requests: int | None = None
    """Cap on calls sent, tries included."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None or isinstance(value, bool):
                continue
            low_enough = value >= 0 if field.name in _ZERO_ALLOWED else value > 0
            if not low_enough:
                raise UsageError(f"{field.name} must be above 0, not {value}", where="limits")
