"""Benchmarks: versioned, content-addressed sets of cases."""

from steelyard.bench._resolve import resolve_version
from steelyard.bench._store import BenchmarkStore
from steelyard.bench._version import BenchmarkVersion, version_hash

__all__ = ["BenchmarkStore", "BenchmarkVersion", "resolve_version", "version_hash"]
