"""What an answer took: time, money, tokens, length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

from steelyard.core import Case, Direction, Failed, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.text import Normaliser, graphemes, words


@dataclass(frozen=True, kw_only=True)
class Latency(BaseMetric):
    """How long the answer took.

    What it measures
        Seconds from sending the request to the whole answer, without waiting for a turn and without
        earlier tries. Nothing needs to be expected.

    When it misleads
        Latencies are skewed: the mean says little about the slowest, see the quantiles. Recorded and live
        latencies, and runs under different load, cannot be compared. Answers that timed out have no
        latency and are skipped: read it beside the failures.

    Example
        `latency`, with a gate rule `at_most` on its 95th percentile.

    Reference
        Dean and Barroso 2013, "The Tail at Scale".
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="latency",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="s",
        failure=None,
    )

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """Seconds; Failed where none were recorded."""
        return _measured(output.latency_s, "no latency recorded")


@dataclass(frozen=True, kw_only=True)
class FirstToken(BaseMetric):
    """How long it took until the answer began.

    What it measures
        Seconds from sending the request to the first token of a streamed answer.

    When it misleads
        Only streamed answers have it. A model that thinks in hidden tokens begins late and may still be
        done early; see `latency`.

    Example
        `first_token`.

    Reference
        Time to first token, as inference servers report it.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="first_token",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="s",
        failure=None,
    )

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """Seconds; Failed where the answer was not streamed."""
        return _measured(output.first_token_s, "no time to first token recorded")


@dataclass(frozen=True, kw_only=True)
class Cost(BaseMetric):
    """What the answer cost.

    What it measures
        US dollars for all calls made for this output, as recorded or from the price table.

    When it misleads
        Prices change: the number belongs to the day of the run. Answers out of the cache cost nothing.

    Example
        `cost`, beside a quality metric in a comparison.

    Reference
        The price table of the run, kept with it.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="cost",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="USD",
        failure=None,
    )

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """US dollars; Failed where no price is known."""
        return _measured(output.cost_usd, "no cost recorded")


@dataclass(frozen=True, kw_only=True)
class Tokens(BaseMetric):
    """How many tokens the answer took.

    What it measures
        Tokens as the provider counted them: read, written (hidden reasoning included), or both.

    When it misleads
        Every model counts in tokens of its own; across models compare `cost` or `length`.

    Example
        `tokens:which=total`.

    Reference
        The `usage` object of the provider's answer.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="tokens",
        version="1",
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="tokens",
        failure=None,
    )

    which: Literal["input", "output", "total"] = "output"
    """Tokens read, written, or both."""

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """A count; Failed where the provider gave none."""
        read, written = output.usage.input_tokens, output.usage.output_tokens
        if self.which == "input":
            return _measured(read, "no input tokens recorded")
        if self.which == "output":
            return _measured(written, "no output tokens recorded")
        if read is None or written is None:
            return Failed(error="no token counts recorded")
        return Scored(value=float(read + written))


@dataclass(frozen=True, kw_only=True)
class Length(BaseMetric):
    """How long the answer is.

    What it measures
        Characters as people count them (grapheme clusters), code points, or words of any script. An empty
        answer has length 0. Nothing needs to be expected.

    When it misleads
        Neither long nor short is better unless `direction` says so. Judges tend to prefer long answers:
        watch it beside their scores. In Chinese, Japanese and Thai a word is a character here.

    Example
        `length:unit=words,direction=lower`.

    Reference
        Unicode Standard Annex 29, grapheme clusters and words.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(
        name="length",
        version="1",
        direction="neither",
        scale="unbounded",
        range=(0.0, None),
        measure="characters",
        failure=None,
    )

    unit: Literal["characters", "codepoints", "words"] = "characters"
    """What is counted."""
    direction: Direction = "neither"
    """Which way is better."""

    @cached_property
    def _normalise(self) -> Normaliser:
        return Normaliser(space="keep")

    def _declare(self) -> MetricSpec:
        measure = "words" if self.unit == "words" else "characters"
        return replace(self.traits, direction=self.direction, measure=measure)

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  a measurement expects nothing
        """A count, 0 for an empty answer."""
        text = self._normalise(output.text)
        if self.unit == "codepoints":
            return Scored(value=float(len(text)))
        return Scored(value=float(len(words(text) if self.unit == "words" else graphemes(text))))


def _measured(value: float | None, missing: str) -> Score:
    return Failed(error=missing) if value is None else Scored(value=float(value))
