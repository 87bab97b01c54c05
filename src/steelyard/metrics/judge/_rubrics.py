"""Rubrics from files, and the four that ship."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from steelyard.core import ConfigError, NotFoundError, Rubric, rubric_from_json
from steelyard.text import parse_yaml

SHIPPED = ("completeness", "correctness", "helpfulness", "safety")
_LONGEST = 256_000


def load_rubric(name: str, *, folder: Path, where: str = "rubric") -> Rubric:
    """A shipped rubric by its name, or one in a YAML or JSON file, relative to `folder`.

    Raises NotFoundError when there is none, ConfigError naming the place when it cannot be used.
    """
    if name in SHIPPED:
        return shipped_rubric(name)
    path = folder / name
    try:
        if path.stat().st_size > _LONGEST:
            raise ConfigError(
                f"{name} is longer than a rubric can be", where=where, hint="Keep it under 256 kB"
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(
            f"no rubric '{name}'",
            where=where,
            hint=f"Shipped: {', '.join(SHIPPED)}. Or a file, relative to {folder}",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} cannot be read: {error}", where=where) from None
    return _parsed(text, where=str(path))


def shipped_rubric(name: str) -> Rubric:
    """One of `SHIPPED`."""
    text = files("steelyard.metrics.judge").joinpath("rubrics", f"{name}.yaml").read_text(encoding="utf-8")
    return _parsed(text, where=f"rubric {name}")


def _parsed(text: str, *, where: str) -> Rubric:
    try:
        document = parse_yaml(text, aliases=False)
        if not isinstance(document, dict):
            raise ConfigError(
                "is no rubric", where=where, hint="Write name: and criteria: with questions and anchors"
            )
        return rubric_from_json(document)
    except ValueError as error:
        raise ConfigError(str(error), where=where, hint="See docs/how-to/judges.md") from None
