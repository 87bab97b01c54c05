from ._compare import Compared, CompareOptions, compare_runs
from ._gate import GateRequest, evaluate_gate
from ._rules import DEFAULT_ALLOWED_DROP, Rule, RuleSet, load_rules, parse_rules
from ._store import GateLook, GateStore, Release

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
