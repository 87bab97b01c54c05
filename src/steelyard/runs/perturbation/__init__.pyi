from ._derive import ORIGINAL, ORIGINAL_HASH, Derived, KindCount, perturb_version
from ._documents import INJECTION
from ._dose import Dose, Material
from ._perturbation import Perturbation, perturbation
from ._registry import ENTRY_POINT_GROUP, find_perturbation, perturbation_names
from ._request import PerturbationRequest, parse_request

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
