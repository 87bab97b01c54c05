"""What a perturbation is: one decorated function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from steelyard.core import Case, UsageError
from steelyard.runs.perturbation._asked import change_asked
from steelyard.runs.perturbation._dose import Dose

Part = Literal["text", "documents", "case"]
"""What the function takes and gives back: the text asked, the context's documents, or the whole case."""

Setting = str | bool | int | float
Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """A pure function that changes a case without changing what a right answer is."""

    name: str
    """What people type."""
    function: Function
    """`(text or documents or case, dose, **settings)` to the same kind of thing; a case function may
    return None where it cannot be applied."""
    part: Part
    """What of a case it is given."""
    variant: str = ""
    """The kind of variation it makes in a paraphrase family; empty: it makes none."""

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Its settings and their defaults: the function's keyword-only parameters."""
        parameters = inspect.signature(self.function).parameters.values()
        return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}

    def apply(self, case: Case, dose: Dose, settings: Mapping[str, Setting]) -> Case | None:
        """The changed case, labels untouched; None where nothing changes or nothing would be left."""
        if self.part == "text":
            changed: Case | None = change_asked(
                case, lambda text, place: str(self.function(text, dose.at(place), **settings))
            )
        elif self.part == "documents":
            documents = tuple(map(str, self.function(case.context, dose, **settings)))
            changed = replace(case, context=documents)
        else:
            changed = self.function(case, dose, **settings)
        return None if changed is None or changed.hash == case.hash else changed


def perturbation(name: str, *, part: Part = "text", variant: str = "") -> Callable[[Function], Perturbation]:
    """Make a function a perturbation: `@perturbation("shout")` over `def shout(text, dose) -> str`.

    It must be pure, take its randomness from `dose.rng()` and its share from `dose.severity`, never
    return an empty text for one that is not, and have a default for each keyword-only parameter, which
    are its settings. `part` is what it changes: the text asked, the tuple of context documents, or the
    case, whose expectation it then may map. Raises UsageError for a function of another form.
    """

    def decorate(function: Function) -> Perturbation:
        made = Perturbation(name=name, function=function, part=part, variant=variant)
        parameters = list(inspect.signature(function).parameters.values())
        open_ones = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
        if len(parameters) - len(open_ones) != 2 or any(
            not isinstance(value, str | bool | int | float) for value in made.settings.values()
        ):
            raise UsageError(
                f"{name} is no perturbation",
                where=getattr(function, "__qualname__", repr(function)),
                hint="Write def name(text, dose, *, setting=default)",
            )
        return made

    return decorate
