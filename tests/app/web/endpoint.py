"""A chat endpoint on loopback: it answers by rule, and remembers what it was asked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Endpoint:
    """Where it listens, and every body that came in."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    hung_up: int = 0
    """How often nobody took the answer."""


def answer(body: dict[str, Any]) -> str:
    """The last question in capitals, with the system prompt and the temperature it was asked with."""
    said = body["messages"][-1]["content"]
    if not isinstance(said, str):
        said = " + ".join(part.get("text", part["type"]) for part in said)
    system = body["messages"][0]["content"] if body["messages"][0]["role"] == "system" else "nobody"
    return f"The answer of {system} at {body.get('temperature', 'rest')} to {said.upper()}"


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """`slow` in a question takes three seconds, `broken` is an error of the server."""
    known = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            known.asked.append(body)
            text = json.dumps(body["messages"])
            if "slow" in text:
                time.sleep(3)
            document = {
                "choices": [{"message": {"role": "assistant", "content": answer(body)}}],
                "usage": {"prompt_tokens": 12, "completion_tokens": 7},
            }
            data = json.dumps({"error": "no"} if "broken" in text else document).encode()
            try:
                self.send_response(400 if "broken" in text else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                known.hung_up += 1

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's word
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
