"""Looks: how often a question has been put, so that asking again costs what it should."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from steelyard.core import Json, NotFoundError, content_hash
from steelyard.gates._compare import Compared
from steelyard.gates._judged import labels_json
from steelyard.gates._rules import RuleSet
from steelyard.gates._store import GateLook
from steelyard.runs import RunRecord, SampleStore

_RECORDED = ("replay:", "import:")


def question_of(base: RunRecord, candidate: RunRecord, rules: RuleSet) -> str:
    """What makes two gate calls the same question: the benchmark, both systems and the rules.

    A live target is its configuration. Recorded answers name no system, so whether two recordings are
    of one system is seen from the answers themselves (`count_looks`).
    """
    return content_hash(
        {
            "benchmark": base.benchmark.name,
            "base": _system(base),
            "candidate": _system(candidate),
            "rules": rules.as_json(),
        }
    )


def evidence_of(compared: Compared) -> str:
    """Hash of what was paired: keys, values and what is missing, metric by metric."""
    digest = hashlib.sha256()
    for key, pairs in compared.pairs.items():
        order = sorted(range(len(pairs)), key=pairs.keys.__getitem__)
        digest.update(content_hash([key, len(pairs), len(pairs.missing)]).encode())
        digest.update(content_hash([list(pairs.keys[row]) for row in order]).encode())
        digest.update(pairs.base[order].tobytes())
        digest.update(pairs.candidate[order].tobytes())
        if pairs.judge is not None:
            digest.update(content_hash(labels_json(pairs)).encode())
    return digest.hexdigest()


def count_looks(
    evidence: str,
    looks: Sequence[GateLook],
    *,
    runs: tuple[RunRecord, RunRecord],
    samples: SampleStore,
) -> int:
    """1 for a first look; each earlier look at other data that stayed INCONCLUSIVE adds one.

    Deciding again on the same data is no new look: it gets the number it had. A look at recorded answers
    counts only when those answers are among the present ones, that is, when the recording grew.
    """
    count = 1
    for look in looks:
        if look.evidence == evidence:
            return count
        earlier = (look.base_run, look.candidate_run)
        if look.verdict == "INCONCLUSIVE" and all(
            _grew(before, run, samples) for before, run in zip(earlier, runs, strict=True)
        ):
            count += 1
    return count


def _system(run: RunRecord) -> Json:
    return "recorded" if _recorded(run) else dict(run.target)


def _recorded(run: RunRecord) -> bool:
    return str(run.target.get("uri") or "").startswith(_RECORDED)


def _grew(earlier: str, run: RunRecord, samples: SampleStore) -> bool:
    """Whether the earlier run's answers are the present run's, as far as both have them."""
    if earlier == run.id or not _recorded(run):
        return True
    try:
        before = _answers(earlier, run.metrics[0].key, samples)
    except NotFoundError:
        return False
    after = _answers(run.id, run.metrics[0].key, samples)
    shared = before.keys() & after.keys()
    return bool(shared) and all(before[key] == after[key] for key in shared)


def _answers(run: str, metric: str, samples: SampleStore) -> Mapping[tuple[str, str, int], str]:
    table = samples.score_table(run, metric)
    keys = zip(table.case_ids, table.case_hashes, table.epochs.tolist(), strict=True)
    return dict(zip(keys, table.output_hashes, strict=True))
