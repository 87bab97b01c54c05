from ._distance import common_subsequence_length, edit_distance
from ._embedding import StaticEmbedder, embeddings_installed, static_embedder
from ._language import Language, identify_language, language_codes
from ._lines import DEFAULT_LIMITS, ReadLimits, open_text_bytes, read_lines, read_text
from ._normalise import Normaliser, SpaceRule, UnicodeForm
from ._sentences import PassageKind, Sentence, sentences
from ._shingles import NearDuplicate, Shingles, ShingleUnit, jaccard, minhash, near_duplicates
from ._tokens import graphemes, split_unspaced, words
from ._yaml import parse_yaml

__all__ = [
    "DEFAULT_LIMITS",
    "Language",
    "NearDuplicate",
    "Normaliser",
    "PassageKind",
    "ReadLimits",
    "Sentence",
    "ShingleUnit",
    "Shingles",
    "SpaceRule",
    "StaticEmbedder",
    "UnicodeForm",
    "common_subsequence_length",
    "edit_distance",
    "embeddings_installed",
    "graphemes",
    "identify_language",
    "jaccard",
    "language_codes",
    "minhash",
    "near_duplicates",
    "open_text_bytes",
    "parse_yaml",
    "read_lines",
    "read_text",
    "sentences",
    "split_unspaced",
    "static_embedder",
    "words",
]
