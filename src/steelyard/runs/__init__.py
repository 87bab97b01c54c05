"""Runs: a benchmark version, a target and metrics, executed resumably and recorded for good."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
