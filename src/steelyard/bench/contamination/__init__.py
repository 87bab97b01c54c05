"""Contamination: whether a system has seen the cases it is measured on."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
