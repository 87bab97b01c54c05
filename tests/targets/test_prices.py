from __future__ import annotations

import re
from typing import Any

import pytest

from steelyard.core import ConfigError, Usage
from steelyard.targets import Price, bundled_prices, price_of, target_price


def test_the_table_is_dated_and_sane() -> None:
    table = bundled_prices()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", table.version)
    assert len(table.prices) >= 24
    assert table.note
    for model, price in table.prices.items():
        assert 0 < price.input <= price.output, model
        assert price.cached is None or price.cached < price.input, model


@pytest.mark.parametrize(
    ("model", "same_as"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("claude-3-5-haiku-20241022", "claude-3-5-haiku"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4"),
    ],
)
def test_dated_names_have_the_price_of_the_model(model: str, same_as: str) -> None:
    assert price_of(model) is not None
    assert price_of(model) == price_of(same_as)


@pytest.mark.parametrize("model", ["", "llama-3", "gpt-4o-audio-preview", "my-gpt-4o", "gpt-4o-mini-tuned"])
def test_no_price_is_guessed(model: str) -> None:
    assert price_of(model) is None


def test_cost() -> None:
    price = Price(input=2.5, output=10.0, cached=1.25)
    # 1,000 fresh at 2.5 + 500 cached at 1.25 + 200 at 10, per million
    assert price.cost(Usage(input_tokens=1500, cached_tokens=500, output_tokens=200)) == pytest.approx(
        (2500 + 625 + 2000) / 1e6
    )
    assert price.cost(Usage(input_tokens=1500)) is None


def test_a_server_of_ones_own_has_no_price_unless_it_says_so(resolve: Any) -> None:
    provider = resolve("openai:gpt-4o-mini", environ={"OPENAI_API_KEY": "sk-x"})
    own = resolve("openai:gpt-4o-mini?base_url=http://127.0.0.1:1/v1")
    stated = resolve(
        "openai:gpt-4o-mini?base_url=http://127.0.0.1:1/v1", settings={"price": {"input": 1, "output": 2}}
    )
    assert target_price(provider.info) == price_of("gpt-4o-mini")
    assert target_price(own.info) is None
    price = target_price(stated.info)
    assert price is not None
    assert (price.input, price.output) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ({"input": 1}, "output of a price must be a number"),
        ({"input": -1, "output": 1}, "input of a price must be a number from 0"),
        ({"in": 1, "output": 1}, "unknown field 'in' of a price"),
    ],
)
def test_a_wrong_price_is_refused(resolve: Any, price: Any, message: str) -> None:
    target = resolve("openai:m?base_url=http://127.0.0.1:1/v1", settings={"price": price})
    with pytest.raises(ConfigError, match=message):
        target_price(target.info)
