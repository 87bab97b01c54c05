"""The explicit list of rules."""

from __future__ import annotations

from steelyard.bench.check._copies import (
    find_conflicts,
    find_duplicates,
    find_near_duplicates,
    find_split_leaks,
)
from steelyard.bench.check._corpus import find_in_corpus, find_nearly_in_corpus
from steelyard.bench.check._expectations import find_empty, find_leaks, find_partly_missing
from steelyard.bench.check._report import Rule
from steelyard.bench.check._sizes import (
    find_extreme_weights,
    find_slice_spellings,
    find_tiny_slices,
    find_uneven_groups,
)
from steelyard.bench.check._texts import find_broken_characters, find_empty_inputs, find_placeholders

RULES: tuple[Rule, ...] = (
    Rule(code="B101", name="duplicate-case", severity="warning", find=find_duplicates),
    Rule(code="B102", name="conflicting-expectation", severity="error", find=find_conflicts),
    Rule(code="B103", name="near-duplicate", severity="warning", find=find_near_duplicates),
    Rule(code="B104", name="split-leak", severity="error", find=find_split_leaks),
    Rule(code="B105", name="found-in-corpus", severity="error", find=find_in_corpus),
    Rule(code="B106", name="nearly-in-corpus", severity="warning", find=find_nearly_in_corpus),
    Rule(code="B201", name="empty-expectation", severity="error", find=find_empty),
    Rule(code="B202", name="partly-missing-expectation", severity="note", find=find_partly_missing),
    Rule(code="B203", name="leaked-expectation", severity="warning", find=find_leaks),
    Rule(code="B301", name="tiny-slice", severity="note", find=find_tiny_slices),
    Rule(code="B302", name="uneven-groups", severity="warning", find=find_uneven_groups),
    Rule(code="B303", name="extreme-weights", severity="warning", find=find_extreme_weights),
    Rule(code="B304", name="slice-spelling", severity="warning", find=find_slice_spellings),
    Rule(code="B401", name="empty-input", severity="warning", find=find_empty_inputs),
    Rule(code="B402", name="unfilled-placeholder", severity="warning", find=find_placeholders),
    Rule(code="B403", name="broken-characters", severity="warning", find=find_broken_characters),
)
"""Every rule, by code. A new rule is a function and a line here."""
