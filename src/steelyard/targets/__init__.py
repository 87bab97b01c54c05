"""Targets: systems under test, and the one way of calling them."""

from steelyard.targets._budget import BudgetReached, Spending
from steelyard.targets._cache import AnswerCache, cache_key
from steelyard.targets._caller import Caller
from steelyard.targets._estimate import CostEstimate, estimate_cost, estimate_tokens
from steelyard.targets._limiter import Limiter, Stopped
from steelyard.targets._limits import Limits
from steelyard.targets._prices import Price, PriceTable, bundled_prices, price_of, target_price
from steelyard.targets._protocol import Recorded, Request, RetryableFault, Target, TargetInfo
from steelyard.targets._registry import ENTRY_POINT_GROUP, FORMS, SCHEMES, TargetFactory
from steelyard.targets._resolve import resolve_target
from steelyard.targets._scripted import ScriptedTarget, Step
from steelyard.targets._secrets import Redactor
from steelyard.targets._spec import COMMON_SETTINGS, TargetSpec, read_settings

__all__ = [
    "COMMON_SETTINGS",
    "ENTRY_POINT_GROUP",
    "FORMS",
    "SCHEMES",
    "AnswerCache",
    "BudgetReached",
    "Caller",
    "CostEstimate",
    "Limiter",
    "Limits",
    "Price",
    "PriceTable",
    "Recorded",
    "Redactor",
    "Request",
    "RetryableFault",
    "ScriptedTarget",
    "Spending",
    "Step",
    "Stopped",
    "Target",
    "TargetFactory",
    "TargetInfo",
    "TargetSpec",
    "bundled_prices",
    "cache_key",
    "estimate_cost",
    "estimate_tokens",
    "price_of",
    "read_settings",
    "resolve_target",
    "target_price",
]
