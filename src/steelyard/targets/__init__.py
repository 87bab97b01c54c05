"""Targets: systems under test, and the one way of calling them."""

from steelyard.targets._protocol import Request, RetryableFault, Target, TargetInfo

__all__ = ["Request", "RetryableFault", "Target", "TargetInfo"]
