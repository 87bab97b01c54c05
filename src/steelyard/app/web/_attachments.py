"""Attachments as a browser gets them: pictures are shown, everything else is only ever downloaded."""

from __future__ import annotations

import re

_SHOWN_BYTES = 20 * 2**20
_STARTS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
"""How the pictures that browsers draw without running anything begin."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def headers_of(data: bytes, claimed: str, *, name: str) -> dict[str, str]:
    """Headers for some bytes: inline only where they are the picture that they are said to be.

    `name` is what a download is called, without what a file system could take for a path or a hidden file.
    """
    is_picture = data.startswith(_STARTS.get(claimed, ())) and len(data) <= _SHOWN_BYTES
    if claimed == "image/webp":
        is_picture = is_picture and data[8:12] == b"WEBP"
    return {
        "content-type": claimed if is_picture else "application/octet-stream",
        "content-disposition": "inline" if is_picture else f'attachment; filename="{_safe(name)}"',
        "content-security-policy": "default-src 'none'; sandbox",
    }


def _safe(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last).lstrip("._-")[-100:] or "attachment"
