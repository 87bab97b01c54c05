"""What a run will cost, before it is paid for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from steelyard.core import Case, Json
from steelyard.targets._prices import Price, PriceTable, target_price
from steelyard.targets._protocol import Target
from steelyard.targets._template import as_text

_DENSE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
)
_OTHER = re.compile(r"[^\x00-\u024f\u1e00-\u1eff]")
_PER_MESSAGE = 8
_SHORT_ANSWER = 16
_USUAL_ANSWER = 256
_LONG_ANSWER = 1024
_PER_ATTACHMENT = (85, 800, 2500)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What the calls for some cases will cost: a guess made beforehand, with its range."""

    low: float | None
    """US dollars if answers are short; None when the target has no price."""
    expected: float | None
    """US dollars at the usual length of answers."""
    high: float | None
    """US dollars if answers are long."""
    requests: int
    """Calls, tries that fail not counted."""
    input_tokens: int
    """Expected tokens read."""
    output_tokens: int
    """Expected tokens written."""
    basis: str
    """What the numbers rest on, in one sentence."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "low": self.low,
            "expected": self.expected,
            "high": self.high,
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "basis": self.basis,
        }


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is, by script.

    Byte-pair vocabularies of present models come to about 4 characters a token for text in Latin
    script, 2 for Cyrillic, Greek, Arabic, Hebrew or Devanagari, and 1 for Chinese, Japanese, Korean,
    Thai, Lao, Burmese and Khmer: rules of thumb, right within a third or so.
    """
    if text.isascii():
        return -(-len(text) // 4)
    dense = len(_DENSE.findall(text))
    other = len(_OTHER.findall(text)) - dense
    return -(-(len(text) - dense - other) // 4) + -(-other // 2) + dense


def estimate_cost(
    target: Target, cases: Iterable[Case], *, epochs: int = 1, prices: PriceTable | None = None
) -> CostEstimate:
    """What answering these cases `epochs` times will cost.

    Tokens read are counted by `estimate_tokens` over prompts, inputs, documents that a prompt asks for
    and conversations; tokens written are 16, 256 and 1,024 an answer (low, expected, high), cut at the
    target's `max_tokens`. Recorded answers cost nothing. Where a target has no price the tokens are
    estimated all the same, and the money is None.
    """
    info = target.info
    price = target_price(info, prices)
    cap = info.settings.get("max_tokens")
    prompt = "".join(info.prompt_texts.values())
    fixed = estimate_tokens(prompt)
    wants_context = "context" in prompt
    asked = read = 0
    spread = [0, 0, 0]
    for case in cases:
        turns = _turns(case)
        own = _input_tokens(case, wants_context=wants_context)
        asked += turns
        # Each turn sends the conversation so far again: the growth is that of a sum over turns.
        read += turns * (fixed + own + _PER_MESSAGE) + (turns * (turns - 1) // 2) * _USUAL_ANSWER
        for index, tokens in enumerate(_PER_ATTACHMENT):
            spread[index] += turns * tokens * len(case.attachments)
    longest = cap if isinstance(cap, int) else _LONG_ANSWER
    written = [min(length, longest) * asked * epochs for length in (_SHORT_ANSWER, _USUAL_ANSWER, longest)]
    inputs = [(read + extra) * epochs for extra in spread]
    if info.recorded:
        return CostEstimate(
            low=0.0, expected=0.0, high=0.0, requests=0, input_tokens=0, output_tokens=0,
            basis="recorded answers: no call is made",
        )  # fmt: skip
    low, expected, high = (_money(price, *pair) for pair in zip(inputs, written, strict=True))
    return CostEstimate(
        low=low,
        expected=expected,
        high=high,
        requests=asked * epochs,
        input_tokens=inputs[1],
        output_tokens=written[1],
        basis=_basis(price, longest),
    )


def _money(price: Price | None, read: int, written: int) -> float | None:
    return None if price is None else (read * price.input + written * price.output) / 1_000_000


def _basis(price: Price | None, longest: int) -> str:
    counted = (
        "tokens estimated from characters by script; answers of "
        f"{min(_SHORT_ANSWER, longest)}, {min(_USUAL_ANSWER, longest)} and {longest} tokens"
    )
    if price is None:
        return f"{counted}; no price known for this target, set `price` on it"
    return f"{counted}; ${price.input:g} in and ${price.output:g} out per million tokens, {price.source}"


def _turns(case: Case) -> int:
    if case.scenario is not None:
        return case.scenario.max_turns
    return max(1, len(case.turns))


def _input_tokens(case: Case, *, wants_context: bool) -> int:
    tokens = estimate_tokens(as_text(case.input))
    tokens += sum(estimate_tokens(as_text(turn.get("content"))) for turn in case.turns)
    if case.scenario is not None:
        tokens += _PER_MESSAGE * case.scenario.max_turns
    if wants_context:
        tokens += sum(estimate_tokens(text) for text in case.context)
    return tokens
