"""The command line: every verb of the contract, loaded when it is used."""

from steelyard.app.cli._root import main

__all__ = ["main"]
