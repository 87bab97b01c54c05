"""The unmodified `openai` client, instrumented by two projects: its calls are seen within a second."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.app.web.serving import served
from tests.bench.importers.peer_tools import FOLDER, run_tool

pytestmark = pytest.mark.peers
PACKAGES = (
    "openai",
    # What the second instrumentation, 2.4b0, imports and does not ask for.
    "httpx",
    "opentelemetry-util-genai==1.1b0",
    "openinference-instrumentation-openai",
    "opentelemetry-instrumentation-openai-v2",
    "opentelemetry-sdk",
    "opentelemetry-exporter-otlp-proto-http",
)
MODULES = {
    "openinference": "openinference.instrumentation.openai",
    "opentelemetry": "opentelemetry.instrumentation.openai_v2",
}
SCRIPT = """
import importlib, sys, time
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

module, base = sys.argv[1:]
provider = TracerProvider(resource=Resource({"service.name": module}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
importlib.import_module(module).OpenAIInstrumentor().instrument(tracer_provider=provider)
import openai

client = openai.OpenAI(base_url=base, api_key="local")
client.chat.completions.create(
    model="gpt-4o-mini", messages=[{"role": "user", "content": "Where is my order?"}]
)
print(time.time())
"""


class Endpoint(BaseHTTPRequestHandler):
    """A chat API that takes 200 ms."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(0.2)
        message = {"role": "assistant", "content": "It left today."}
        answer = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": "gpt-4o-mini",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1200, "completion_tokens": 88, "total_tokens": 1288},
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def python() -> Path:
    folder = FOLDER / "instrumented-openai"
    found = folder / "bin" / "python"
    if not found.exists() and run_tool([sys.executable, "-m", "venv", folder], Path.cwd()).returncode:
        pytest.skip("NOT TESTED WITH INSTRUMENTED CLIENTS: no virtual environment can be made")
    wanted = f"import {', '.join(MODULES.values())}"
    if run_tool([found, "-c", wanted], Path.cwd()).returncode:
        done = run_tool([found, "-m", "pip", "install", "-q", *PACKAGES], Path.cwd())
        if done.returncode:
            pytest.skip("NOT TESTED WITH INSTRUMENTED CLIENTS: pip cannot install them")
    return found


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_the_unmodified_client_is_seen_within_a_second(
    tmp_path: Path, python: Path, endpoint: str, module: str
) -> None:
    (tmp_path / "steelyard.toml").write_text('[project]\nname = "peers"\n', encoding="utf-8")
    with served(tmp_path) as address:
        found: list[dict[str, Any]] = []
        seen = [0.0]

        def watch() -> None:
            deadline = time.monotonic() + 120
            while not found and time.monotonic() < deadline:
                found.extend(httpx.get(f"{address}/api/v1/traces").json()["traces"])
                time.sleep(0.05)
            seen[0] = time.time()

        watcher = threading.Thread(target=watch)
        watcher.start()
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
        done = run_tool([python, "-c", SCRIPT, module, endpoint], tmp_path, environ)
        assert done.returncode == 0, done.stderr[-2000:]
        watcher.join()
        assert len(found) == 1
        trace = found[0]
        assert seen[0] - float(done.stdout) < 1
        assert (trace["input_tokens"], trace["output_tokens"], trace["model"]) == (1200, 88, "gpt-4o-mini")
        # gpt-4o-mini: USD 0.15 and 0.60 a million tokens.
        assert trace["cost_usd"] == pytest.approx(1200 * 0.15e-6 + 88 * 0.60e-6)
        assert 0.2 <= trace["duration_s"] < 5
        page = httpx.get(f"{address}/traces/{trace['trace']}", headers={"accept": "text/html"}).text
        assert "1,200 → 88" in page
