"""Files that a configuration names: read inside its folder, never outside, and never run."""

from __future__ import annotations

import itertools
from pathlib import Path

from steelyard.bench._attachments import path_problem
from steelyard.bench._json_rows import parse_strict
from steelyard.core import InputError, Json
from steelyard.text import parse_yaml, read_text

_MOST_FILES = 1000
_WILD = "*?["
CODE = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".py", ".rb", ".go", ".sh", ".bat", ".exe")
"""Endings of programs: promptfoo runs them, Steelyard never does."""
REMOTE = (
    "http://",
    "https://",
    "huggingface://",
    "langfuse://",
    "portkey://",
    "helicone://",
    "package:",
    "az://",
)
"""Beginnings of references that are not files beside the configuration."""


class FileReferenceError(ValueError):
    """A file cannot be taken; the message names it and says why."""


class ConfigFolder:
    """The folder of a configuration."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def find(self, reference: str) -> list[Path]:
        """The files that a reference names, wildcards followed; FileReferenceError when none may be taken."""
        name = bare(reference)
        problem = path_problem(name)
        if problem:
            raise FileReferenceError(f"'{name[:100]}' {problem}")
        if not any(letter in name for letter in _WILD):
            return [self._inside(self.root / name, name)]
        try:
            found = [
                path for path in itertools.islice(self.root.glob(name), _MOST_FILES + 1) if path.is_file()
            ]
        except (ValueError, NotImplementedError, OSError) as error:
            raise FileReferenceError(f"'{name[:100]}' cannot be followed: {error}") from error
        if len(found) > _MOST_FILES:
            raise FileReferenceError(f"'{name[:100]}' names more than {_MOST_FILES:,} files")
        if not found:
            raise FileReferenceError(f"'{name[:100]}' names no file in {self.root}")
        return [self._inside(path, name) for path in sorted(found)]

    def exists(self, reference: str) -> bool:
        """Whether a reference names files that may be taken."""
        try:
            return bool(self.find(reference))
        except FileReferenceError:
            return False

    def text(self, path: Path) -> str:
        """The text of a file; raises FileReferenceError when it cannot be read."""
        try:
            return read_text(path)
        except InputError as error:
            raise FileReferenceError(f"'{path.name}' cannot be read: {error.message}") from error

    def data(self, path: Path) -> Json:
        """What a JSON or YAML file holds; raises FileReferenceError when it is neither."""
        return parse_data(self.text(path), json=path.suffix.lower() == ".json", name=path.name)

    def _inside(self, path: Path, name: str) -> Path:
        try:
            real = path.resolve()
            inside, is_file = real.is_relative_to(self.root), real.is_file()
        except (OSError, RuntimeError, ValueError) as error:
            raise FileReferenceError(f"'{name[:100]}' cannot be followed: {error}") from error
        if not inside:
            raise FileReferenceError(f"'{name[:100]}' leads outside the folder of the configuration")
        if not is_file:
            raise FileReferenceError(f"'{name[:100]}' is not a file in {self.root}")
        return real


def bare(reference: str) -> str:
    """A reference without `file://`."""
    return reference.removeprefix("file://")


def is_code(reference: str) -> bool:
    """Whether a reference names a program, with or without the function in it."""
    name = bare(reference)
    head, colon, function = name.rpartition(":")
    path = head if colon and "/" not in function and "." not in function else name
    return path.lower().endswith(CODE)


def is_remote(reference: str) -> bool:
    """Whether a reference leads to a service."""
    return reference.startswith(REMOTE)


def parse_data(text: str, *, json: bool, name: str) -> Json:
    """JSON or YAML text as a value; raises FileReferenceError with the reason."""
    try:
        return parse_strict(text) if json else parse_yaml(text)
    except ValueError as error:
        raise FileReferenceError(f"'{name}' {error}") from error
