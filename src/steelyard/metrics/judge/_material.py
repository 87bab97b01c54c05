"""What a judge is shown of a sample: question, answer or conversation, reference, documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Case, Json, Message, Output, Span, canonical_json
from steelyard.metrics._expectation import expected_texts
from steelyard.metrics.agent import compact, trajectory
from steelyard.metrics.judge._escape import shortened, visible
from steelyard.metrics.judge._step import Material

_ARGUMENTS = 300
_RESULT = 600
_MOST_CALLS = 60
_ENDED = "\n\nIt ended with: "
CHECKLIST = "checklist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How much a judge is shown."""

    reference: bool = False
    """Whether it sees the case's expectation."""
    context: bool = False
    """Whether it sees the case's documents."""
    most_characters: int = 40_000
    """The longest text; of longer ones the middle is left out, and said so."""
    trajectory: bool = False
    """Whether it sees an agent's steps, compacted, and its last answer, instead of the whole conversation."""

    def as_json(self) -> dict[str, Json]:
        """The form that is pinned."""
        return {
            "reference": self.reference,
            "context": self.context,
            "most_characters": self.most_characters,
            **({"trajectory": True} if self.trajectory else {}),
        }

    def material(self, case: Case, output: Output) -> Material:
        """The texts of a sample, made visible and shortened."""
        messages = _messages(output.detail.get("messages"))
        if self.trajectory:
            question, answer = _asked(case), self._steps(output)
        elif messages:
            question, answer = "", _transcript(messages)
        else:
            question, answer = _asked(case), _answered(output)
        return Material(
            question=self.text(question),
            answer=self.text(answer),
            conversation=bool(messages) and not self.trajectory,
            reference=self.text(_reference(case)) if self.reference else "",
            context=tuple(self.text(item) for item in case.context) if self.context else (),
            questions=own_questions(case),
        )

    def _steps(self, output: Output) -> str:
        """The steps of an agent in a bounded number of lines, then its last answer."""
        answer = shortened(output.text, self.most_characters // 4)
        room = self.most_characters - len(answer) - len(_ENDED)
        return f"{compact(trajectory(output), most_characters=room)}{_ENDED}{answer}"

    def text(self, text: str) -> str:
        """A text as judges see it."""
        return visible(shortened(text, self.most_characters))


def parts_of(material: Material) -> tuple[tuple[str, str], ...]:
    """Names and texts of what is shown, without the other answer."""
    parts = [("question", material.question)] if material.question else []
    parts += [(f"document {number}", text) for number, text in enumerate(material.context, start=1)]
    if material.reference:
        parts.append(("reference answer", material.reference))
    parts.append(("conversation" if material.conversation else "answer", material.answer))
    return tuple(parts)


def what_is_judged(material: Material) -> str:
    """The reminder's name for the answer."""
    return "the assistant's part in the conversation" if material.conversation else "the answer"


def own_questions(case: Case) -> tuple[str, ...]:
    """The checklist that a case brings: `expected: {"checklist": ["…", …]}`."""
    expected = case.expected
    listed = expected.get(CHECKLIST) if isinstance(expected, Mapping) else None
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(" ".join(visible(item).split()) for item in listed if isinstance(item, str) and item.strip())


def _reference(case: Case) -> str:
    texts = expected_texts(case)
    if len(texts) > 1:
        return "Any of these is right:\n" + "\n".join(f"- {text}" for text in texts)
    if texts:
        return texts[0]
    return canonical_json(case.expected) if isinstance(case.expected, Mapping) else ""


def _asked(case: Case) -> str:
    messages = _messages(case.input)
    if messages:
        text = _transcript(messages)
    elif isinstance(case.input, str):
        text = case.input
    else:
        text = "" if case.input is None else canonical_json(case.input)
    turns = [_content(turn.get("content")) for turn in case.turns]
    files = [f"(attached: {item.path}, {item.media_type})" for item in case.attachments]
    return "\n\n".join([*filter(None, [text]), *turns, *files])


def _answered(output: Output) -> str:
    calls = [_span_line(span) for span in output.trace if span.kind == "tool"]
    if not calls:
        return output.text
    left_out = len(calls) - _MOST_CALLS
    shown = [*calls[:_MOST_CALLS], *([f"[… {left_out} more calls …]"] if left_out > 0 else [])]
    return "\n".join([*shown, output.text])


def _span_line(span: Span) -> str:
    line = f"[calls {span.name}({_brief(span.input, _ARGUMENTS)})]"
    if span.error:
        return f"{line} failed: {_brief(span.error, _RESULT)}"
    return line if span.output is None else f"{line} -> {_brief(span.output, _RESULT)}"


def _messages(value: Json) -> list[Message]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [item for item in value if isinstance(item, Mapping) and isinstance(item.get("role"), str)]


def _transcript(messages: Sequence[Message]) -> str:
    lines: list[str] = []
    for message in messages:
        role = str(message["role"])
        content = _content(message.get("content"))
        if role == "tool":
            lines.append(f"tool: {_brief(content, _RESULT)}")
            continue
        if content:
            lines.append(f"{role}: {content}")
        lines += [f"{role}: {call}" for call in _calls(message.get("tool_calls"))]
    return "\n\n".join(lines)


def _calls(value: Json) -> list[str]:
    """Tool calls on a line each, in the shape of chat completions or in Steelyard's own."""
    lines = []
    for item in value if isinstance(value, Sequence) and not isinstance(value, str) else ():
        if isinstance(item, Mapping):
            function = item.get("function")
            row = function if isinstance(function, Mapping) else item
            lines.append(f"[calls {row.get('name')}({_brief(row.get('arguments'), _ARGUMENTS)})]")
    return lines


def _content(value: Json) -> str:
    if isinstance(value, str) or value is None:
        return value or ""
    if not isinstance(value, Sequence):
        return canonical_json(value)
    parts = []
    for part in value:
        if isinstance(part, Mapping):
            text = part.get("text")
            parts.append(text if isinstance(text, str) else f"({part.get('type') or 'attachment'})")
        else:
            parts.append(str(part))
    return "\n".join(parts)


def _brief(value: Json, most: int) -> str:
    text = value if isinstance(value, str) else "" if value is None else canonical_json(value)
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
