"""Code that passes its tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, Skipped, SteelyardError
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics.code._limits import Limits
from steelyard.metrics.code._outcome import Outcome
from steelyard.metrics.code._probe import check_sandbox
from steelyard.metrics.code._program import Extraction, possible_programs
from steelyard.metrics.code._sandbox import run_tests

_MOST_MB = 1 << 20
_LONGEST_S = 3_600.0
_NOT_TESTS = Skipped(reason='the expectation is not {"test", "entry_point"}')


@dataclass(frozen=True, kw_only=True)
class CodePass(BaseMetric):
    """Whether the answer, run as code in a sandbox, passes the case's tests.

    What it measures
        1 when the program made of the case's input and the answer defines `entry_point`, and
        `check(entry_point)` from `test` ends without an exception; else 0, with the outcome in the reason:
        failed, syntax error, timed out, memory, too much output, killed. With several epochs, `runs show`
        gives pass@k and pass^k beside it.

        The program is the first of these that compiles: the input with the answer appended; the same with
        the first line's lost indentation put back; the input with a Markdown block of the answer appended,
        blocks that define the function first; that block alone; the answer alone, if it defines the
        function. `extract=completion` takes only the first. An input that is no text counts as empty.

        It runs under bubblewrap: no network, no files but an interpreter's own library, an empty
        environment, an unprivileged user, and limits on time, memory, processes, files and output. Where
        the sandbox is absent or does not hold, nothing is run and the command ends with exit code 2. A
        failure of the sandbox is Failed, never 0.

    When it misleads
        Tests say what they test: a wrong program may pass few of them. The sandbox protects the machine;
        tests run in one interpreter with the answer, and an answer written to deceive them (an object equal
        to everything) may pass. Only the standard library is there. Times depend on the machine: keep
        `timeout_s` generous.

    Example
        `code_pass:timeout_s=5` with `expected: {"test": "def check(f):\\n    assert f(2) == 4",
        "entry_point": "square"}`.

    Reference
        Chen et al. 2021, Evaluating Large Language Models Trained on Code, sections 2.1 to 2.3.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="code_pass", version="1", scale="binary")

    timeout_s: float = 10.0
    """Seconds for the program and its tests together."""
    memory_mb: int = 1024
    """Memory of the program, in units of 1,048,576 bytes."""
    extract: Extraction = "auto"
    """`auto`: the rules above; `completion`: the answer is appended to the input as it is."""

    def _check(self) -> None:
        if not 0 < self.timeout_s <= _LONGEST_S:
            raise self._refuse("timeout_s must be above 0 and at most 3600")
        if not 64 <= self.memory_mb <= _MOST_MB:
            raise self._refuse("memory_mb must be between 64 and 1048576")

    def ready(self) -> None:
        """Raise ConfigError where the sandbox is absent or does not hold."""
        check_sandbox()

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; Failed when the sandbox or the case's tests are at fault."""
        if case.expected is None:
            return NOTHING_EXPECTED
        found = _tests(case.expected)
        if found is None:
            return _NOT_TESTS
        if not output.text.strip():
            return self._miss("the answer is empty")
        test, entry_point = found
        prompt = case.input if isinstance(case.input, str) else ""
        programs = possible_programs(prompt, output.text, entry_point=entry_point, extract=self.extract)
        try:
            check_sandbox()
            outcome = run_tests(programs, test=test, entry_point=entry_point, limits=self._limits)
        except (SteelyardError, OSError) as error:
            return Failed(error=f"the sandbox failed: {error}")
        return self._scored(outcome)

    @cached_property
    def _limits(self) -> Limits:
        return Limits(wall_s=float(self.timeout_s), memory_bytes=self.memory_mb << 20)

    def _scored(self, outcome: Outcome) -> Score:
        if outcome.word == "case":
            return Failed(error=f"the case cannot be used: {outcome.detail}")
        reason = f"{outcome.word}: {outcome.detail}" if outcome.detail else outcome.word
        if outcome.printed and outcome.word != "passed":
            reason += f"; it printed at the end: {outcome.printed}"
        if outcome.word == "sandbox":
            return Failed(error=f"the sandbox failed: {reason.removeprefix('sandbox: ')}")
        detail: dict[str, Json] = {"outcome": outcome.word}
        if outcome.word == "passed":
            return Scored(value=1.0, reason=f"passed, as {outcome.detail}", detail=detail)
        return Scored(value=0.0, reason=reason, extracted=outcome.word != "syntax error", detail=detail)


def _tests(expected: Json) -> tuple[str, str] | None:
    if not isinstance(expected, Mapping):
        return None
    test, entry_point = expected.get("test"), expected.get("entry_point")
    if not isinstance(test, str) or not isinstance(entry_point, str) or not entry_point.isidentifier():
        return None
    return test, entry_point
