"""Gates: runs and a written rule to a verdict, with its reasoning."""

from steelyard.gates._store import GateLook, GateStore, Release

__all__ = ["GateLook", "GateStore", "Release"]
