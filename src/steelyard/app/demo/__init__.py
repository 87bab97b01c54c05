"""The demonstration: a support benchmark, recorded answers of a small model, and the model itself."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
