"""The shared words of Steelyard: records, ids, clock, canonical JSON and the error tree. No I/O."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
