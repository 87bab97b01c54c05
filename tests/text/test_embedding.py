from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from steelyard.text import StaticEmbedder, embeddings_installed

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "Two  blanks, a\ttab and\na line.",
    " blanks around ",
    "a mark <s> of the tokenizer </s> itself",
    "Nhân viên được nghỉ 12 ngày; 東京 大阪, über die Brücke.",
    "x" * 500 + " yes",
    "",
]


@pytest.mark.skipif(not embeddings_installed(), reason="the extra `embeddings` is not installed")
def test_words_put_together_are_the_tokens_of_the_whole_text() -> None:
    from tokenizers import Tokenizer  # noqa: PLC0415  an optional package

    spec = find_spec("wordllama")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    vectors = np.random.default_rng(1).normal(size=(tokenizer.get_vocab_size(), 8)).astype(np.float32)
    embed = StaticEmbedder(tokenizer=tokenizer, vectors=vectors, name="test")
    for text, row in zip(TEXTS * 2, embed(TEXTS * 2), strict=True):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        mean = vectors[ids].mean(axis=0) if ids else np.zeros(8, dtype=np.float32)
        np.testing.assert_allclose(row, mean / max(float(np.linalg.norm(mean)), 1e-12), atol=1e-6)
