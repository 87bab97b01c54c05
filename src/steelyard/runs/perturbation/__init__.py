"""Perturbations: benchmark versions derived from others, to see what a change of surface costs."""

from steelyard.runs.perturbation._derive import (
    ORIGINAL,
    ORIGINAL_HASH,
    Derived,
    KindCount,
    perturb_version,
)
from steelyard.runs.perturbation._documents import INJECTION
from steelyard.runs.perturbation._dose import Dose, Material
from steelyard.runs.perturbation._perturbation import Perturbation, perturbation
from steelyard.runs.perturbation._registry import (
    ENTRY_POINT_GROUP,
    find_perturbation,
    perturbation_names,
)
from steelyard.runs.perturbation._request import PerturbationRequest, parse_request

__all__ = [
    "ENTRY_POINT_GROUP",
    "INJECTION",
    "ORIGINAL",
    "ORIGINAL_HASH",
    "Derived",
    "Dose",
    "KindCount",
    "Material",
    "Perturbation",
    "PerturbationRequest",
    "find_perturbation",
    "parse_request",
    "perturb_version",
    "perturbation",
    "perturbation_names",
]
