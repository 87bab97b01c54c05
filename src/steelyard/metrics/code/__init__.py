"""Code: answers that are run, in a sandbox that has to hold."""

from steelyard.metrics.code._code_pass import CodePass
from steelyard.metrics.code._limits import Limits
from steelyard.metrics.code._outcome import Outcome
from steelyard.metrics.code._probe import check_sandbox
from steelyard.metrics.code._sandbox import run_tests

__all__ = ["CodePass", "Limits", "Outcome", "check_sandbox", "run_tests"]
