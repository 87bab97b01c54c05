from ._budget import BudgetReached, Spending
from ._cache import AnswerCache, cache_key
from ._caller import Caller
from ._estimate import CostEstimate, estimate_cost, estimate_tokens
from ._limiter import Limiter, Stopped
from ._limits import Limits
from ._prices import Price, PriceTable, bundled_prices, price_of, target_price
from ._protocol import Recorded, Request, RetryableFault, Target, TargetInfo
from ._registry import ENTRY_POINT_GROUP, FORMS, SCHEMES, TargetFactory
from ._resolve import resolve_target
from ._scripted import ScriptedTarget, Step
from ._secrets import Redactor, environment_secrets, is_secret_name
from ._spec import COMMON_SETTINGS, TargetSpec, read_settings

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
    "environment_secrets",
    "estimate_cost",
    "estimate_tokens",
    "is_secret_name",
    "price_of",
    "read_settings",
    "resolve_target",
    "target_price",
]
