"""Variants that ask the same: documents in another order, the same words in another format."""

from __future__ import annotations

from steelyard.core import UsageError
from steelyard.runs.perturbation._documents import reordered
from steelyard.runs.perturbation._dose import Dose
from steelyard.runs.perturbation._perturbation import perturbation

_FORMATS = {
    "labelled": "Question: {text}\nAnswer:",
    "tagged": "<question>\n{text}\n</question>",
    "quoted": "Please answer the following.\n\n> {text}",
    "heading": "## Question\n\n{text}\n\n## Answer\n",
}


@perturbation("shuffle_documents", part="documents", variant="document-order")
def shuffle_documents(documents: tuple[str, ...], dose: Dose) -> tuple[str, ...]:
    """The context's documents in another order: `severity` is the share that moves, two at least."""
    return reordered(documents, dose)


@perturbation("reformat", variant="format")
def reformat(text: str, dose: Dose, *, style: str = "any") -> str:
    """The same words in another frame: labelled, tagged, quoted, heading, or `any` of them at random.

    Source of the kind: Sclar et al. 2024, "Quantifying language models' sensitivity to spurious features
    in prompt design".
    """
    if style != "any" and style not in _FORMATS:
        raise UsageError(
            f"no style '{style[:40]}'", where="reformat", hint=f"Styles: any, {', '.join(_FORMATS)}"
        )
    chosen = dose.rng().choice(sorted(_FORMATS)) if style == "any" else style
    body = text.strip()
    if chosen == "quoted":
        body = body.replace("\n", "\n> ")
    return _FORMATS[chosen].replace("{text}", body)
