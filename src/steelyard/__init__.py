"""Steelyard: evaluation of AI systems, from recorded answers to a verdict that can be defended."""

from __future__ import annotations

__version__ = "0.1.0"
