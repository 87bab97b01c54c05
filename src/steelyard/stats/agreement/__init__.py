"""Agreement of raters: coefficients, intervals, each rater, and what to read first."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
