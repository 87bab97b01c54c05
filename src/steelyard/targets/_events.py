"""Server-sent events (WHATWG HTML, 9.2.6), as far as model servers use them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from steelyard.targets._protocol import RetryableFault

_LARGEST = 16 * 2**20


async def server_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bytes]]:
    """Event name and data of each event; comments, ids and retry hints are skipped.

    An event that is cut off by the end of the stream is dropped, as the standard says.
    """
    name = b""
    data: list[bytes] = []
    async for line in _lines(chunks):
        if not line:
            if data:
                yield name, b"\n".join(data)
            name, data = b"", []
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        rest += chunk
        if b"\n" not in chunk and len(rest) > _LARGEST:
            raise RetryableFault("server", f"an event of the stream is larger than {_LARGEST} bytes")
        *lines, rest = rest.split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
