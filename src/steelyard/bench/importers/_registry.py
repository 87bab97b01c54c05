"""The explicit list of importers, and the door for those of strangers."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from steelyard.bench._near_miss import near_miss
from steelyard.bench._options import Importer
from steelyard.core import BugError, ConfigError, InputError, UsageError
from steelyard.text import ReadLimits, open_text_bytes

ENTRY_POINT_GROUP = "steelyard.importers"
HEAD_BYTES = 65_536
_LEAST_SURE = 0.05

IMPORTERS: Mapping[str, str] = {
    "jsonl": "steelyard.bench.importers._jsonl:IMPORTER",
    "json": "steelyard.bench.importers._json_array:IMPORTER",
    "csv": "steelyard.bench.importers._csv:IMPORTER",
    "parquet": "steelyard.bench.importers._parquet_file:IMPORTER",
    "excel": "steelyard.bench.importers._excel:IMPORTER",
    "hf": "steelyard.bench.importers._hf:IMPORTER",
    "inspect": "steelyard.bench.importers._inspect:IMPORTER",
    "promptfoo": "steelyard.bench.importers.promptfoo:IMPORTER",
    "deepeval": "steelyard.bench.importers.deepeval:IMPORTER",
    "tau-bench": "steelyard.bench.importers._tau_bench:IMPORTER",
    "openai-evals": "steelyard.bench.importers._openai_evals:IMPORTER",
    "openai-finetuning": "steelyard.bench.importers._openai_finetuning:IMPORTER",
    "langfuse": "steelyard.bench.importers._langfuse:IMPORTER",
    "langsmith": "steelyard.bench.importers._langsmith:IMPORTER",
    "braintrust": "steelyard.bench.importers._braintrust:IMPORTER",
}
"""Format name to `module:object`; loaded when asked for."""


def importer_names() -> list[str]:
    """All format names, built in and from entry points, sorted."""
    return sorted(_locations())


def load_importer(name: str) -> Importer:
    """The importer of a format; raises UsageError for an unknown one, ConfigError when it cannot load."""
    return _load(name, _locations())


def _load(name: str, locations: Mapping[str, str]) -> Importer:
    if name not in locations:
        meant = near_miss(name, locations)
        hint = f"Did you mean '{meant}'?" if meant else f"Formats: auto, {', '.join(sorted(locations))}"
        raise UsageError(f"'{name}' is not a known format", where="--format", hint=hint)
    module, _, attribute = locations[name].partition(":")
    try:
        importer: Importer = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        if name in IMPORTERS:
            raise BugError(f"the importer '{name}' cannot be loaded: {error}", where=module) from error
        raise ConfigError(
            f"the importer '{name}' of another package cannot be loaded: {error}",
            where=locations[name],
            hint="Mend or remove that package",
        ) from error
    return importer


def detect_format(path: Path) -> str:
    """The format whose importer is surest; ties go to the earlier name in the registry.

    Raises InputError when the path cannot be read or no importer knows it.
    """
    head = file_head(path)
    best, surest = "", _LEAST_SURE
    locations = _locations()
    for name in locations:
        sure = _load(name, locations).sniff(path, head)
        if sure > surest:
            best, surest = name, sure
    if not best:
        raise InputError(
            "the format cannot be recognised" if head or path.is_dir() else "the file is empty",
            where=str(path),
            hint=f"Say which it is: --format {'|'.join(importer_names())}",
        )
    return best


def file_head(path: Path) -> bytes:
    """The first 64 KiB of a file, decompressed, without a byte order mark; empty for a folder."""
    if path.is_dir():
        return b""
    with open_text_bytes(path, limits=ReadLimits(total=2**40)) as stream:
        return stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")


def _locations() -> dict[str, str]:
    found = dict(IMPORTERS)
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name in found:
            raise ConfigError(
                f"two packages call an importer '{entry.name}'", where=entry.value, hint="Remove one of them"
            )
        found[entry.name] = entry.value
    return found
