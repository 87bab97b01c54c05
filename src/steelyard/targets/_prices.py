"""What tokens cost: a dated table, and prices of the caller's own."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from steelyard.core import ConfigError, Json, Usage, parse_json
from steelyard.targets._protocol import TargetInfo

_MILLION = 1_000_000
_DATED = re.compile(r"[-@](?:20\d{2}-?\d{2}-?\d{2}|latest)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens."""

    input: float
    """For tokens read."""
    output: float
    """For tokens written, reasoning included."""
    cached: float | None = None
    """For tokens read from the provider's prompt cache; None: as `input`."""
    source: str = ""
    """Where the price comes from, with its date."""

    def cost(self, usage: Usage) -> float | None:
        """What a call cost; None where the provider did not count both sides."""
        return self.amount(usage.input_tokens, usage.output_tokens, usage.cached_tokens)

    def amount(self, read: int | None, written: int | None, cached: int | None = None) -> float | None:
        """What so many tokens cost, `cached` being a part of `read`; None where a side was not counted."""
        if read is None or written is None:
            return None
        rate = self.input if self.cached is None else self.cached
        old = min(cached or 0, read)
        return ((read - old) * self.input + old * rate + written * self.output) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices by model, as of one day."""

    version: str
    """The day the prices were looked up, as `2026-01-31`."""
    note: str
    """What the prices are and are not."""
    prices: Mapping[str, Price]
    """Model name or pattern (`*` for anything) to price."""

    def price_of(self, model: str) -> Price | None:
        """The price of a model, by exact name, then without a trailing date, then by the longest pattern."""
        for name in (model, _DATED.sub("", model)):
            if name in self.prices:
                return self.prices[name]
        fitting = [p for p in self.prices if "*" in p and fnmatch.fnmatchcase(model, p)]
        return self.prices[max(fitting, key=len)] if fitting else None


@cache
def bundled_prices() -> PriceTable:
    """The table that ships with this version."""
    text = files("steelyard.targets").joinpath("prices.json").read_text(encoding="utf-8")
    table = parse_json(text)
    if not isinstance(table, Mapping):
        raise ConfigError("the price table is no object", where="prices.json")
    models = table["models"]
    version = str(table["as_of"])
    rows = models.items() if isinstance(models, Mapping) else ()
    return PriceTable(
        version=version,
        note=str(table["note"]),
        prices={
            model: price_from_json(row, where=f"prices.json: {model}", source=f"table of {version}")
            for model, row in rows
        },
    )


def price_of(model: str) -> Price | None:
    """The price of a model in the bundled table; None for models it does not know."""
    return bundled_prices().price_of(model)


def price_from_json(row: Json, *, where: str, source: str) -> Price:
    """A price from `{"input", "output", "cached"}`; raises ConfigError naming what is wrong."""
    table = row if isinstance(row, Mapping) else {}
    unknown = sorted(set(table) - {"input", "output", "cached"})
    if unknown:
        raise ConfigError(
            f"unknown field {unknown[0]!r} of a price", where=where, hint="input, output, cached"
        )
    cached = table.get("cached")
    return Price(
        input=_amount(table, "input", where=where),
        output=_amount(table, "output", where=where),
        cached=None if cached is None else _amount(table, "cached", where=where),
        source=source,
    )


def target_price(info: TargetInfo, table: PriceTable | None = None) -> Price | None:
    """The price of a target's tokens: its own `price` setting, else the table's for a provider's model.

    A server of the caller's own (`base_url`) has no price by the table, whatever its model is called.
    """
    own = info.settings.get("price")
    if own is not None:
        return price_from_json(own, where=f"price of {info.name}", source="the target's own setting")
    model = info.settings.get("model")
    if not isinstance(model, str) or "base_url" in info.settings:
        return None
    return (table or bundled_prices()).price_of(model)


def _amount(table: Mapping[str, Json], key: str, *, where: str) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ConfigError(
            f"{key} of a price must be a number from 0, in US dollars per million tokens", where=where
        )
    return float(value)
