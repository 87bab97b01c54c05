from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from steelyard.core import InputError
from steelyard.text import ReadLimits, read_lines, read_text

TEXT = "alpha\nβήτα 🍋\n\nlast"


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["plain.jsonl", "packed.jsonl.gz", "packed.jsonl.zst", "misnamed.txt"])
def test_reads_plain_and_compressed_whatever_the_name(tmp_path: Path, name: str) -> None:
    data = TEXT.encode()
    if name.endswith((".gz", ".txt")):
        data = gzip.compress(data[:5], mtime=0) + gzip.compress(data[5:], mtime=0)  # two members are one file
    elif name.endswith(".zst"):
        data = zstandard.compress(data[:5]) + zstandard.compress(data[5:])
    path = _write(tmp_path / name, data)
    assert list(read_lines(path)) == [(1, "alpha"), (2, "βήτα 🍋"), (3, ""), (4, "last")]
    assert read_text(path) == TEXT


def test_drops_the_byte_order_mark_and_carriage_returns(tmp_path: Path) -> None:
    path = _write(tmp_path / "windows.csv", b"\xef\xbb\xbfa,b\r\n1,\rx\r\n")
    assert list(read_lines(path)) == [(1, "a,b"), (2, "1,\rx")]
    assert list(read_lines(path, keep_ends=True)) == [(1, "a,b\r\n"), (2, "1,\rx\r\n")]


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    assert list(read_lines(_write(tmp_path / "empty", b""))) == []


def test_names_file_line_and_byte_of_bad_utf8(tmp_path: Path) -> None:
    path = _write(tmp_path / "latin.jsonl", b"fine\ncaf\xe9\n")
    with pytest.raises(InputError, match=r"latin\.jsonl:2: not UTF-8: byte 0xe9 at byte 4") as caught:
        list(read_lines(path))
    assert "Windows-1252" in caught.value.hint
    with pytest.raises(InputError, match=r"latin\.jsonl:2: not UTF-8"):
        read_text(path)


def test_says_that_a_file_is_utf16(tmp_path: Path) -> None:
    path = _write(tmp_path / "excel.csv", "a,b\n".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-16"):
        list(read_lines(path))


def test_refuses_a_line_beyond_the_limit(tmp_path: Path) -> None:
    path = _write(tmp_path / "long.jsonl", b"ok\n" + b"x" * 10_000_000 + b"\n")
    assert len(list(read_lines(path))) == 2
    with pytest.raises(InputError, match=r"long\.jsonl:2: the line is longer than 1 MiB"):
        list(read_lines(path, limits=ReadLimits(line=2**20)))
    with pytest.raises(InputError, match="larger than 1 MiB"):
        read_text(path, limits=ReadLimits(line=2**20))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_stops_a_decompression_bomb_early(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    path = _write(tmp_path / "bomb.jsonl", pack(b"\n" * 20_000_000))
    limits = ReadLimits(ratio_from=1_000_000)
    with pytest.raises(InputError, match=r"times its size.*decompression bomb"):
        for _ in read_lines(path, limits=limits):
            pass
    with pytest.raises(InputError, match="unpacks to more than"):
        for _ in read_lines(path, limits=ReadLimits(total=1_000_000)):
            pass


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_truncated_file_is_an_input_error(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    whole = pack(bytes(range(256)).hex().encode() * 50)
    with pytest.raises(InputError, match="damaged"):
        list(read_lines(_write(tmp_path / "cut.gz", whole[: len(whole) // 2])))
    with pytest.raises(InputError, match="damaged"):
        list(read_lines(_write(tmp_path / "noise.gz", whole[:4] + b"\xff" * 40)))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_lines(tmp_path / "absent.jsonl"))
    with pytest.raises(InputError, match="folder"):
        list(read_lines(tmp_path))
