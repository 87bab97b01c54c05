"""Static embeddings: a sentence is the mean of its tokens' vectors. No network, no torch."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core import MissingExtraError

_PACKAGE = "wordllama"
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_HINT = "pip install 'steelyard[embeddings]'"
_LONGEST = 4_000
_MOST_REMEMBERED = 1 << 16
_LONGEST_REMEMBERED = 40


class _Tokens(dict[str, list[int]]):
    """Words to their tokens, filled as they are met."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __missing__(self, word: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(word, add_special_tokens=False).ids
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        if len(word) <= _LONGEST_REMEMBERED:
            self[word] = ids
        return ids


class StaticEmbedder:
    """Texts to unit vectors of 256 numbers, from weights that lie in an installed package.

    The vectors were trained on English; other languages in the Latin script are covered in part, others
    hardly. Source: Miller 2024, WordLlama: token embeddings of a language model, projected and trained
    with a contrastive loss; the sentence is their mean (Arora et al. 2017 for why that works).
    """

    def __init__(self, *, tokenizer: Any, vectors: NDArray[np.float32], name: str) -> None:
        self._tokenizer = tokenizer
        self._vectors = vectors
        self._word_tokens = _Tokens(tokenizer).__getitem__
        self.name = name

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 for each text; a row of zeros for a text without tokens."""
        rows = np.zeros((len(texts), self._vectors.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            tokens = self._tokens(text[:_LONGEST])
            if tokens:
                rows[row] = np.add.reduce(self._vectors.take(tokens, axis=0), axis=0) / len(tokens)
        lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        return (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32)

    def _tokens(self, text: str) -> list[int]:
        """The tokens of a text, put together from those of its words, which are remembered.

        No token of the vocabulary goes on behind a blank, so this is what the tokenizer itself makes of the
        text; it is asked where blanks stand together or a mark of its own may stand.
        """
        words = text.split(" ")
        if "" in words or "<" in text:
            return list(self._tokenizer.encode(text, add_special_tokens=False).ids)
        return list(chain.from_iterable(map(self._word_tokens, words)))


def embeddings_installed() -> bool:
    """Whether the extra `embeddings` is there."""
    return _folder() is not None and find_spec("tokenizers") is not None


@cache
def static_embedder() -> StaticEmbedder:
    """The embedder, loaded once (about a fifth of a second); raises MissingExtraError without the extra."""
    folder = _folder()
    if folder is None:
        raise MissingExtraError("embeddings are not installed", hint=_HINT)
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415  an optional package
    except ImportError as error:
        raise MissingExtraError("the package tokenizers is not installed", hint=_HINT) from error
    tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    tokenizer.no_padding()
    return StaticEmbedder(
        tokenizer=tokenizer,
        vectors=_read_matrix(folder / _WEIGHTS),
        name=f"{_PACKAGE}-{version(_PACKAGE)}",
    )


@cache
def _folder() -> Path | None:
    """The package's folder, found without importing it: its own start-up loads far more than is needed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    return folder if (folder / _WEIGHTS).is_file() and (folder / _TOKENIZER).is_file() else None


def _read_matrix(path: Path) -> NDArray[np.float32]:
    """The one matrix of a safetensors file: eight bytes of length, a JSON header, the numbers."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    (row,) = (value for key, value in header.items() if key != "__metadata__")
    start, end = (8 + length + int(place) for place in row["data_offsets"])
    kind = {"F16": np.float16, "F32": np.float32}[row["dtype"]]
    return np.frombuffer(data[start:end], dtype=kind).reshape(row["shape"]).astype(np.float32)
