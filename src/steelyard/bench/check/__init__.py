"""Lint for benchmarks: small rules, each a function that finds what would spoil a measurement."""

from steelyard.bench.check._check import check_cases
from steelyard.bench.check._report import CheckReport, Finding, Rule, Severity
from steelyard.bench.check._rules import RULES

__all__ = ["RULES", "CheckReport", "Finding", "Rule", "Severity", "check_cases"]
