"""The README of a Hugging Face dataset folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from steelyard.bench._version import version_hash
from steelyard.core import Case

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(cases: Sequence[Case], files: Mapping[str, str], *, canary: str = "") -> str:
    """Front matter that tells readers which file is which split, and a table of what is inside.

    `files` maps split names of letters, digits and `_` to paths, so that both are plain YAML.
    """
    size = next((name for limit, name in _SIZES if len(cases) < limit), "1M<n<10M")
    splits = Counter(case.split for case in cases)
    lines = [
        "---",
        "configs:",
        "- config_name: default",
        "  data_files:",
        *(f"  - split: {name}\n    path: {file}" for name, file in files.items()),
        "size_categories:",
        f"- {size}",
        "tags:",
        "- steelyard",
        "- evaluation",
        "---",
        "",
        "# Benchmark",
        "",
        f"{len(cases):,} cases. Version hash `{version_hash(cases)}`.",
        "",
        "| split | cases |",
        "|---|---|",
        *(f"| {_cell(split)} | {count:,} |" for split, count in splits.most_common()),
        "",
        "Columns: `id`, `input`, `expected` and further fields of a case; a name ending in `:json` holds",
        "JSON, and `slices:DIMENSION` a slice. `steelyard bench add NAME FOLDER` reads it back unchanged.",
        "",
        *([canary, ""] if canary else ()),
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
