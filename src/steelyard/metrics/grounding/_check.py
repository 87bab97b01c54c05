"""An answer against documents: its claims, each with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from steelyard.core import Json
from steelyard.metrics.grounding._calibration import calibration_date
from steelyard.metrics.grounding._claims import Claim, Claims, bare, split_claims
from steelyard.metrics.grounding._document import document
from steelyard.metrics.grounding._evidence import wanted
from steelyard.metrics.grounding._similarity import Similarity
from steelyard.metrics.grounding._verify import ClaimVerdict, verify
from steelyard.text import embeddings_installed, static_embedder

MOST_DETAILED = 50
"""How many verdicts a score's detail holds; those that are not `supported` come first when there are more."""
_VERDICTS = ("supported", "contradicted", "absent")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The verdicts on an answer."""

    claims: Claims
    """What the answer states."""
    verdicts: tuple[ClaimVerdict, ...]
    """One for each claim, in order."""

    def count(self, verdict: str) -> int:
        """How many claims got a verdict."""
        return [row.verdict for row in self.verdicts].count(verdict)  # type: ignore[arg-type]

    @property
    def share(self) -> float:
        """The share of claims supported; the answer has at least one claim."""
        return self.count("supported") / len(self.verdicts)

    def reason(self) -> str:
        """In one line: how many claims are supported, and the first that is not."""
        said = f"{self.count('supported')} of {len(self.verdicts)} claims supported"
        wrong = next((row for row in self.verdicts if row.verdict == "contradicted"), None)
        wrong = wrong or next((row for row in self.verdicts if row.verdict == "absent"), None)
        if wrong is not None:
            why = f" ({wrong.why})" if wrong.why else ""
            said += f"; {wrong.verdict}: {' '.join(wrong.claim.text.split())[:80]!r}{why}"
        return said + ("; the answer was too long to be checked to its end" if self.claims.unread else "")

    def detail(self) -> dict[str, Json]:
        """Counts, and the verdicts with their places, at most fifty."""
        counts: dict[str, Json] = {name: self.count(name) for name in _VERDICTS}
        kept = list(self.verdicts)
        if len(kept) > MOST_DETAILED:
            kept.sort(key=lambda row: row.verdict == "supported")
            kept = kept[:MOST_DETAILED]
        probabilities = [row.probability for row in self.verdicts]
        detail: dict[str, Json] = {
            **counts,
            "mean_probability": round(sum(probabilities) / len(probabilities), 4) if probabilities else None,
            "claims": [row.as_json() for row in kept],
        }
        if self.claims.unread:
            detail["unread"] = True
        if len(self.verdicts) > len(kept):
            detail["left_out"] = len(self.verdicts) - len(kept)
        return detail


def check(
    answer: str, documents: Sequence[str], *, known: Sequence[str] = (), similarity: Similarity | None = None
) -> Checked:
    """The claims of an answer, each against the documents.

    An answer of a few words without a verb is one claim. At least one document is needed.
    """
    sources = [document(text) for text in documents]
    claims = split_claims(answer)
    found = verify(claims.claims, sources, known=known, similarity=similarity)
    return Checked(claims=claims, verdicts=tuple(found))


def check_texts(
    texts: Sequence[str], documents: Sequence[str], *, similarity: Similarity | None = None
) -> list[ClaimVerdict]:
    """Verdicts on texts that are claims as they stand, such as expected facts."""
    sources = [document(text) for text in documents]
    claims = [Claim(bare(text), 0, len(text)) for text in texts]
    return verify(claims, sources, similarity=similarity)


def says_something(text: str) -> bool:
    """Whether a text holds a word or number that could be looked for."""
    query = wanted(text)
    return bool(query.terms or query.facts)


@cache
def shared_similarity() -> Similarity | None:
    """The embedding tier, one for the process; None without the extra `embeddings`."""
    return Similarity(static_embedder()) if embeddings_installed() else None


def tiers(*, embeddings: bool) -> str:
    """Which tiers decide, with their versions, for signatures."""
    lexical = f"lexical-{calibration_date()}"
    similarity = shared_similarity() if embeddings else None
    return lexical if similarity is None else f"{lexical}+{similarity.name}"


def question_texts(value: Json, *, most: int = 20) -> list[str]:
    """The texts in a case's input, for names that the user brought in."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        values: Sequence[Json] = list(value.values())
    elif isinstance(value, Sequence):
        values = value
    else:
        return []
    return [text for item in values[:most] for text in question_texts(item, most=most)][:most]
