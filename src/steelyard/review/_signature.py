"""What a judge is: models, prompt, rubric and settings, so that a change of any of them is seen."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.core import Json, MetricSpec, content_hash

_PARTS = ("model", "rubric", "prompt", "settings")
_APART = ("judges", "prompt_hash", "rubric_hash", "rubric")


def judge_signature(spec: MetricSpec) -> dict[str, Json]:
    """The judge behind a metric, as hashes of its parts.

    Of recorded scores only their declaration is known: who made them stands outside.
    """
    settings = spec.settings
    rest = {key: value for key, value in settings.items() if key not in _APART}
    return {
        "model": content_hash(settings.get("judges")),
        "prompt": str(settings.get("prompt_hash") or ""),
        "rubric": str(settings.get("rubric_hash") or ""),
        "settings": content_hash([spec.name, spec.version, rest]),
    }


def judge_changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    """In words, what changed from one judge to another; a rubric brings its prompt along."""
    changed = [part for part in _PARTS if before.get(part) != after.get(part)]
    if "rubric" in changed and "prompt" in changed:
        changed.remove("prompt")
    words = {
        "model": "the judge's model",
        "rubric": "its rubric",
        "prompt": "its prompt",
        "settings": "its settings",
    }
    return [words[part] for part in changed]
