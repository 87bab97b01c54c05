"""Perturbations: benchmark versions derived from others, to see what a change of surface costs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
