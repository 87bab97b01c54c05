"""Files that a user asked for are written whole, or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from steelyard.app._files import write_text, written_whole
from steelyard.core import UsageError


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "report.md", "# Tiếng Việt\r\n\ud800")
    assert (tmp_path / "a" / "b" / "report.md").read_bytes() == "# Tiếng Việt\r\n\\ud800".encode()
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["report.md"]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("old", encoding="utf-8")
    write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"


def test_an_older_file_stays_when_writing_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("precious", encoding="utf-8")

    def write_half() -> None:
        with written_whole(path) as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(UsageError, match="cannot be written: No space left"):
        write_half()
    assert path.read_text(encoding="utf-8") == "precious"
    assert [each.name for each in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_text(pipe, "verdict")
    reader.join()
    assert got == [b"verdict"]
    assert pipe.is_fifo()


def test_a_device_stays_a_device() -> None:
    write_text(Path("/dev/null"), "verdict")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", [".", "file/below", "x" * 300, "nul\0"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(UsageError, match=r"cannot be written: .+Choose another place") as caught:
        write_text(tmp_path / name, "text")
    assert caught.value.where == str(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
