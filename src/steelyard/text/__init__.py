"""Text: normalisation, tokenisation, shingles, edit distance, and files of lines."""

from steelyard.text._distance import common_subsequence_length, edit_distance
from steelyard.text._language import Language, identify_language, language_codes
from steelyard.text._lines import DEFAULT_LIMITS, ReadLimits, open_text_bytes, read_lines, read_text
from steelyard.text._normalise import Normaliser, SpaceRule, UnicodeForm
from steelyard.text._shingles import (
    NearDuplicate,
    Shingles,
    ShingleUnit,
    jaccard,
    minhash,
    near_duplicates,
)
from steelyard.text._tokens import graphemes, split_unspaced, words

__all__ = [
    "DEFAULT_LIMITS",
    "Language",
    "NearDuplicate",
    "Normaliser",
    "ReadLimits",
    "ShingleUnit",
    "Shingles",
    "SpaceRule",
    "UnicodeForm",
    "common_subsequence_length",
    "edit_distance",
    "graphemes",
    "identify_language",
    "jaccard",
    "language_codes",
    "minhash",
    "near_duplicates",
    "open_text_bytes",
    "read_lines",
    "read_text",
    "split_unspaced",
    "words",
]
