"""Text: normalisation, tokenisation, shingles, edit distance, and files of lines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
