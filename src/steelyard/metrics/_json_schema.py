"""JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, cast

import regex
from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from steelyard.core import (
    Case,
    Failed,
    Json,
    MetricSpec,
    Output,
    Score,
    Scored,
    Skipped,
    canonical_json,
    parse_json,
)
from steelyard.metrics._answer import read_json
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics._expectation import shorten

_PATTERN_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class JsonSchema(BaseMetric):
    """Whether the answer is JSON of the wanted shape.

    What it measures
        1 when the answer, read as JSON, satisfies the schema of the settings or, without one, the case's
        expectation read as a schema; else 0.

    When it misleads
        Shape is not truth: a well-formed answer with wrong values scores 1. A schema without `required`
        accepts `{}`. `format` is not checked.

    Example
        `json_schema:schema=file:schemas/ticket.json`.

    Reference
        JSON Schema, draft 2020-12 unless `$schema` says otherwise; references to other documents are not
        fetched.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="json_schema", version="1", scale="binary")

    schema: Mapping[str, Any] | bool | None = None
    """The schema; none: the expectation of the case is one."""
    fenced: bool = False
    """Accept JSON inside one Markdown code fence."""

    def _check(self) -> None:
        if self.schema is None:
            return
        try:
            _validator(canonical_json(self.schema))
        except (SchemaError, ValueError) as error:
            raise self._refuse(
                f"the schema cannot be used: {_message(error)}", hint="Mend the schema"
            ) from error

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0 with the first violation; Failed where the schema cannot be used."""
        schema = case.expected if self.schema is None else self.schema
        if schema is None:
            return NOTHING_EXPECTED
        if not isinstance(schema, Mapping | bool):
            return Skipped(reason="the expectation is not a schema")
        try:
            validator = _validator(canonical_json(schema))
        except (SchemaError, ValueError) as error:
            return Failed(error=f"the schema cannot be used: {_message(error)}")
        value = output.value
        if value is None or (isinstance(value, str) and not value.strip()):
            return self._miss("the answer is empty")
        if isinstance(value, str):
            try:
                value = read_json(value, fenced=self.fenced)
            except ValueError as error:
                return self._miss(f"not JSON: {error}")
        return self._verdict(validator, value)

    def _verdict(self, validator: Any, value: Json) -> Score:
        try:
            first = next(iter(validator.iter_errors(value)), None)
        except Unresolvable as error:
            return Failed(error=f"the schema refers to something outside it: {error}")
        except TimeoutError:
            return Failed(
                error=f"a pattern of the schema takes more than {_PATTERN_SECONDS:g} s on this answer"
            )
        except RecursionError:
            return Failed(error="the schema refers to itself without end")
        if first is None:
            return Scored(value=1.0)
        return Scored(value=0.0, reason=f"{first.json_path}: {shorten(first.message, 160)}")


def first_violation(schema: Json, value: Json) -> str:
    """Where and how a value breaks a schema, in one line; empty when it satisfies it.

    Raises ValueError for a schema that cannot be used, or not within a second on this value.
    """
    if not isinstance(schema, Mapping | bool):
        raise ValueError("a schema must be an object")  # noqa: TRY004  like every other unusable schema
    try:
        found = next(iter(_validator(canonical_json(schema)).iter_errors(value)), None)
    except (SchemaError, Unresolvable, TimeoutError, RecursionError) as error:
        raise ValueError(f"the schema cannot be used: {_message(error)}") from error
    return "" if found is None else f"{found.json_path}: {shorten(found.message, 160)}"


def _pattern(validator: Any, pattern: str, instance: Json, schema: Any) -> Iterator[ValidationError]:  # noqa: ARG001
    """The keyword `pattern` with a limit on time, because the answers it reads are hostile."""
    if isinstance(instance, str) and not regex.search(pattern, instance, timeout=_PATTERN_SECONDS):
        yield ValidationError(f"{instance!r:.80} does not match {pattern!r:.80}")


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    parsed: Any = parse_json(schema)
    base = validator_for(parsed, default=Draft202012Validator)
    base.check_schema(parsed)
    # An explicit registry: the default one fetches unknown references from the network.
    extended: Any = cast("Any", extend)(base, {"pattern": _pattern})
    return extended(parsed, registry=Registry())


def _message(error: Exception) -> str:
    return shorten(error.message if isinstance(error, SchemaError) else str(error), 160)
