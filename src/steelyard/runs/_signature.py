"""One line that names everything a number of a run depends on."""

from __future__ import annotations

from steelyard.core import MetricSpec, content_hash
from steelyard.runs._record import RunRecord

_LONGEST = 100


def metric_signature(spec: MetricSpec) -> str:
    """Name, version and every setting; long settings by the hash of them all."""
    settings = ",".join(f"{key}={_short(value)}" for key, value in sorted(spec.settings.items()))
    if len(settings) > _LONGEST:
        settings = f"settings#{content_hash(dict(spec.settings))[:8]}"
    return f"{spec.name} v{spec.version}" + (f" {settings}" if settings else "")


def run_signature(run: RunRecord, spec: MetricSpec, *, measured: str, method: str, level: float) -> str:
    """Benchmark, metric, what was measured (`n=150`), epochs, seed, method, level and software."""
    parts = [
        f"{run.benchmark.name}@{run.benchmark.version}#{run.benchmark.hash[:8]}",
        metric_signature(spec),
        measured,
        f"epochs={run.epochs}",
        f"seed={run.seed}",
        f"{method} {level:.0%}" if method else "",
        f"steelyard {run.software}" if run.software else "",
    ]
    return " · ".join(part for part in parts if part)


def _short(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(value).split())
