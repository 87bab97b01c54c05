"""Gates: runs and a written rule to a verdict, with its reasoning."""

from steelyard.gates._compare import Compared, CompareOptions, compare_runs
from steelyard.gates._gate import GateRequest, evaluate_gate
from steelyard.gates._rules import DEFAULT_ALLOWED_DROP, Rule, RuleSet, load_rules, parse_rules
from steelyard.gates._store import GateLook, GateStore, Release

__all__ = [
    "DEFAULT_ALLOWED_DROP",
    "CompareOptions",
    "Compared",
    "GateLook",
    "GateRequest",
    "GateStore",
    "Release",
    "Rule",
    "RuleSet",
    "compare_runs",
    "evaluate_gate",
    "load_rules",
    "parse_rules",
]
