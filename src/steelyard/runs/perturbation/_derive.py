"""Derived benchmark versions: every case perturbed as asked, with its lineage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from steelyard.bench import CANARY_FIELD, TWIN_LINK, BenchmarkVersion, Imported, canaries_of
from steelyard.core import Case, InputError, Json, Provenance, content_hash
from steelyard.runs.perturbation._distractors import split_sentences
from steelyard.runs.perturbation._dose import Dose, Material
from steelyard.runs.perturbation._perturbation import Setting
from steelyard.runs.perturbation._request import PerturbationRequest

ORIGINAL_HASH = "derived_from_hash"
"""Metadata key of a derived case: `Case.hash` of its original as it was perturbed."""
ORIGINAL = "original"
"""The variant of an unperturbed case among its perturbed ones."""
_MOST_DOCUMENTS = 2_000
_LONGEST_ID = 400
_LONGEST_GROUP = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """How many cases one request gave."""

    request: PerturbationRequest
    """The request."""
    made: int
    """Derived cases."""
    left_out: int
    """Cases that it does not change, or cannot be applied to."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench perturb`."""
        return {**self.request.as_json(), "cases": self.made, "left_out": self.left_out}


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Perturbed cases, ready to be added as a version."""

    imported: Imported
    """The cases, with the lineage as provenance."""
    counts: tuple[KindCount, ...]
    """What each request gave, in the order asked."""


def perturb_version(
    version: BenchmarkVersion,
    cases: Sequence[Case],
    *,
    requests: Sequence[PerturbationRequest],
    seed: int = 0,
    originals: bool | None = None,
    history: Sequence[BenchmarkVersion] = (),
) -> Derived:
    """Perturb the cases of a version.

    Each derived case names its original in metadata, has the slices `perturbation` and `severity`, and
    is in the group of its original's cluster. It depends on the seed, its original and its kind alone, and
    a lower severity changes a part of what a higher one does. `originals` adds the unperturbed cases to
    the same groups; None does so when every kind is a variant that asks the same, since a family needs
    its reference. `history`, the versions of the benchmark, passes its canaries on.

    Raises InputError when no case can be perturbed.
    """
    material = _material(cases)
    derived: list[Case] = []
    counts = []
    for request in {request.label: request for request in requests}.values():
        made = list(_perturbed(cases, request, seed=seed, material=material))
        counts.append(KindCount(request=request, made=len(made), left_out=len(cases) - len(made)))
        derived += made
    if not derived:
        raise InputError(
            "no case can be perturbed in this way",
            where=version.name,
            hint="Kinds that change the context need cases with context, shuffle_options needs options",
        )
    keep = all(each.request.perturbation.variant for each in counts) if originals is None else originals
    if keep:
        derived = [*(_as_reference(case) for case in cases), *derived]
    detail: dict[str, Json] = {
        "derived": "perturbation",
        "parent": version.hash,
        "seed": seed,
        "originals": keep,
        "perturbations": [each.as_json() for each in counts],
    }
    if history:
        detail[CANARY_FIELD] = list(canaries_of(history))
    source = Provenance(source="benchmark", reference=f"{version.name}@{version.version}", detail=detail)
    return Derived(
        imported=Imported(cases=tuple(derived), provenance=source, format="perturbation"),
        counts=tuple(counts),
    )


def _perturbed(
    cases: Sequence[Case], request: PerturbationRequest, *, seed: int, material: Material
) -> Iterator[Case]:
    found = request.perturbation
    settings: dict[str, Setting] = {**found.settings, **request.settings}
    for case in cases:
        key = f"{seed}\n{case.hash}\n{found.name}"
        dose = Dose(severity=request.severity, key=key, cluster=case.cluster, material=material)
        changed = found.apply(case, dose, settings)
        if changed is not None:
            yield _labelled(changed, case, request)


def _labelled(changed: Case, original: Case, request: PerturbationRequest) -> Case:
    kind, severity = request.perturbation.name, f"{request.severity:g}"
    slices = {**original.slices, "perturbation": kind, "severity": severity}
    if request.perturbation.variant:
        slices |= {"variant": request.perturbation.variant, "relation": "same"}
    metadata: dict[str, Json] = {
        **changed.metadata,
        TWIN_LINK: original.id,
        ORIGINAL_HASH: original.hash,
        "perturbation": kind,
        "severity": request.severity,
    }
    if request.settings:
        metadata["settings"] = dict(request.settings)
    return replace(
        changed,
        id=_derived_id(original.id, request),
        group=_group(original),
        slices=slices,
        metadata=metadata,
    )


def _derived_id(original: str, request: PerturbationRequest) -> str:
    mark = f"~{request.perturbation.name}-{request.severity:g}"
    if request.settings:
        mark += f"-{content_hash(dict(request.settings))[:6]}"
    if len(original) > _LONGEST_ID:
        original = f"{original[:_LONGEST_ID]}-{content_hash(original)[:12]}"
    return original + mark


def _group(case: Case) -> str:
    if case.group is not None:
        return case.group
    if len(case.id) <= _LONGEST_GROUP:
        return case.id
    return f"{case.id[: _LONGEST_GROUP - 16]}-{content_hash(case.id)[:12]}"


def _as_reference(case: Case) -> Case:
    return replace(case, group=_group(case), slices={**case.slices, "variant": ORIGINAL})


def _material(cases: Sequence[Case]) -> Material:
    documents: dict[str, str] = {}
    for case in cases:
        for document in case.context:
            if document.strip() and len(documents) < _MOST_DOCUMENTS:
                documents.setdefault(document, case.cluster)
    return Material(
        documents=tuple((cluster, document) for document, cluster in documents.items()),
        sentences=tuple(
            (cluster, sentence)
            for document, cluster in documents.items()
            for sentence in split_sentences(document)[:20]
        ),
    )
