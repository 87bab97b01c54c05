"""Which columns measure a recorded answer: scores, times, costs, tokens, errors."""

from __future__ import annotations

from steelyard.bench import _column_names as names
from steelyard.bench._columns import Column


def measure_of(column: Column) -> tuple[str, str]:
    """The field of an output a column measures, with the reason; both empty when it measures none."""
    leaf = column.leaf
    if leaf in names.ERROR:
        return "error", f"named '{leaf}'"
    if not column.is_numeric:
        return "", ""
    for field, known in (
        ("latency_s", names.LATENCY_S),
        ("latency_ms", names.LATENCY_MS),
        ("cost_usd", names.COST),
        ("input_tokens", names.INPUT_TOKENS),
        ("output_tokens", names.OUTPUT_TOKENS),
        ("score", names.SCORE),
    ):
        if leaf in known:
            return field, f"named '{leaf}', numbers"
    if leaf in names.LATENCY:
        numbers = sorted(float(value) for value in column.values if isinstance(value, int | float | str))
        slow = bool(numbers) and numbers[len(numbers) // 2] >= 100
        return ("latency_ms", "looks like milliseconds") if slow else ("latency_s", "looks like seconds")
    if leaf.endswith(names.SCORE_ENDINGS) or leaf.startswith(names.SCORE_BEGINNINGS):
        return "score", f"named '{leaf}', numbers"
    return "", ""
