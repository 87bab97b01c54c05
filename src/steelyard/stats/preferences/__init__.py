"""Pairwise preferences: who is preferred to whom, and how surely."""

from steelyard.stats.preferences._comparisons import Comparisons
from steelyard.stats.preferences._model import Effect, PreferenceModel, Standing, fit_preferences, win_rates

__all__ = ["Comparisons", "Effect", "PreferenceModel", "Standing", "fit_preferences", "win_rates"]
