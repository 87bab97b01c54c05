"""Text: normalisation, tokenisation, shingles, edit distance, and files of lines."""

from steelyard.text._lines import DEFAULT_LIMITS, ReadLimits, open_text_bytes, read_lines, read_text
from steelyard.text._normalise import Normaliser, SpaceRule, UnicodeForm

__all__ = [
    "DEFAULT_LIMITS",
    "Normaliser",
    "ReadLimits",
    "SpaceRule",
    "UnicodeForm",
    "open_text_bytes",
    "read_lines",
    "read_text",
]
