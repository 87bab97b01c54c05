"""A span while its step goes on: what the step may say about itself."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import Span, Status, StatusCode

from steelyard.core import Json
from steelyard.traces._answers import answer_attributes
from steelyard.traces._clean import clean_text
from steelyard.traces.capture._kind import StepKind, attribute_name, content_names
from steelyard.traces.capture._masking import MASK, is_secret_name
from steelyard.traces.capture._plain import answer_row, as_text, plain_json
from steelyard.traces.capture._settings import CaptureSettings

_TRACEBACK = 8_000
_MESSAGE = 2_000


class LiveSpan:
    """What `with steelyard.trace("step") as span:` gives. Nothing it does raises or has to be done.

    Where nobody records, every method does nothing.
    """

    __slots__ = ("_ended", "_kind", "_settings", "_span")

    def __init__(self, span: Span, kind: StepKind, settings: CaptureSettings) -> None:
        self._span = span
        self._kind = kind
        self._settings = settings
        self._ended = False

    @property
    def recording(self) -> bool:
        """Whether anybody will see the span: ask before preparing something costly."""
        return self._span.is_recording()

    @property
    def trace_id(self) -> str:
        """The trace's id, 32 hexadecimal digits, by which feedback finds it; empty without a tracer."""
        context = self._span.get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else ""

    @property
    def span_id(self) -> str:
        """The span's id, 16 hexadecimal digits; empty without a tracer."""
        context = self._span.get_span_context()
        return f"{context.span_id:016x}" if context.is_valid else ""

    def holds(self, span: Span) -> bool:
        """Whether this is the handle of that very span."""
        return self._span is span

    def set_input(self, value: Any) -> None:
        """What went in: text, chat messages, or anything that has a JSON form."""
        if self._settings.content and self.recording:
            plain = self._plain(value)
            names = content_names(self._kind, plain)
            self._content(names.input, plain, typed=names.typed)

    def set_output(self, value: Any) -> None:
        """What came out; for a model call text, its messages, or the provider's answer as it came.

        An answer in the shape of OpenAI's interfaces or of Anthropic's, or the chunks of a streamed one,
        tells its model and tokens as well.
        """
        if not self.recording:
            return
        answer = answer_row(value) if self._kind == "llm" else None
        if answer is not None:
            told = {name: item for name, item in answer_attributes(answer).items() if item is not None}
            value = told.pop("gen_ai.output.messages", None)
            self.add(told)
        if self._settings.content and (value is not None or answer is None):
            plain = self._plain(value)
            if isinstance(plain, dict) and "role" in plain and self._kind == "llm":
                plain = [plain]
            names = content_names(self._kind, plain)
            self._content(names.output, plain, typed=names.typed)

    def add(self, attributes: Mapping[str, Any] | None = None, /, **words: Any) -> None:
        """Say more: `span.add(model="gpt-4o", input_tokens=1200, output_tokens=88)`.

        Words with a name in the conventions get it: `model`, `response_model`, `provider`, `input_tokens`,
        `output_tokens`, `cached_tokens`, `reasoning_tokens`, `cost_usd`, `first_token_s`, `finish_reasons`,
        `temperature`, `top_p`, `max_tokens`, `seed`, `tool`, `agent`, `prompt`, `prompt_version`, `user`,
        `session`, `slice`, `tags`, `metadata`. Every other keeps its own; names with dots come as a mapping.
        None is left out.
        """
        if not self.recording:
            return
        for word, value in {**(attributes or {}), **words}.items():
            if value is not None:
                self._set(attribute_name(str(word)), value)

    def score(self, name: str, value: float | str, *, explanation: str = "") -> None:
        """A score that the application itself gives this step: a number, or a word.

        It travels as the conventions' `gen_ai.evaluation.result` and is a score of the trace.
        """
        if not self.recording:
            return
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        said: dict[str, Any] = {
            "gen_ai.evaluation.name": clean_text(name),
            f"gen_ai.evaluation.score.{'value' if numeric else 'label'}": float(value)
            if numeric
            else self._text(str(value), _MESSAGE),
        }
        if explanation:
            said["gen_ai.evaluation.explanation"] = self._text(explanation, _MESSAGE)
        self._span.add_event("gen_ai.evaluation.result", said)

    def event(self, name: str, attributes: Mapping[str, Any] | None = None, /) -> None:
        """Something that happened at this moment of the step."""
        if self.recording:
            said = {
                clean_text(str(key)): self._attribute(str(key), value)
                for key, value in (attributes or {}).items()
            }
            self._span.add_event(clean_text(name), said)

    def fail(self, error: BaseException | str) -> None:
        """The step failed; what leaves a traced function or block as an exception is recorded without it."""
        if not self.recording:
            return
        if isinstance(error, str):
            message = self._text(error, _MESSAGE)
            self._span.set_attribute("error.type", "error")
        else:
            kind = type(error).__qualname__
            message = self._exception(error, kind)
            self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR, message))

    def end(self) -> None:
        """Close the span; a second time changes nothing."""
        if not self._ended:
            self._ended = True
            self._span.end()

    def _exception(self, error: BaseException, kind: str) -> str:
        """Record an exception as the conventions have it; returns it in one line."""
        try:
            said = str(error)
            stack = "".join(traceback.format_exception(error))
        except Exception:  # noqa: BLE001 - the exception's own __str__ is the caller's
            said, stack = "", ""
        message = self._text(said, _MESSAGE)
        event = {"exception.type": kind, "exception.message": message}
        if stack:
            event["exception.stacktrace"] = self._text(stack, len(stack))[-_TRACEBACK:]
        self._span.add_event("exception", event)
        return f"{kind}: {message}" if message else kind

    def _set(self, name: str, value: Any) -> None:
        self._span.set_attribute(name, self._attribute(name, value))

    def _attribute(self, name: str, value: Any) -> Any:
        """A value that an attribute can have: a scalar, a list of texts, or JSON text."""
        if is_secret_name(name.rpartition(".")[2]):
            return MASK
        plain = self._plain(value)
        if isinstance(plain, list) and plain and all(isinstance(item, str) for item in plain):
            return plain
        return plain if isinstance(plain, bool | int | float) else as_text(plain)

    def _content(self, name: str, value: Json, *, typed: bool) -> None:
        said = {name: as_text(value)}
        if typed:
            media = "text/plain" if isinstance(value, str) else "application/json"
            said[f"{name.partition('.')[0]}.mime_type"] = media
        self._span.set_attributes(said)

    def _plain(self, value: Any) -> Json:
        return plain_json(value, characters=self._settings.max_characters, redact=self._settings.redact)

    def _text(self, text: str, most: int) -> str:
        return as_text(plain_json(text, characters=most, redact=self._settings.redact))
