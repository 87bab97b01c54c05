"""An application that uses `steelyard.trace`, and the server that it sends to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from tests.app.web.serving import served

ROOT = Path(__file__).resolve().parents[3]
SHOP = """
import asyncio
import steelyard

@steelyard.trace(kind="tool")
def get_order(number, api_key):
    if number == 8:
        raise LookupError("no order 8")
    return {"number": number, "state": "late"}

@steelyard.trace(kind="llm")
async def call_model(messages):
    steelyard.current_span().add(model="gpt-4o-mini", input_tokens=1200, output_tokens=88, cached_tokens=200)
    for piece in ("It is ", "late."):
        yield piece

@steelyard.trace("clerk", kind="agent")
async def answer(question):
    order = get_order(7, api_key="s3cret")
    try:
        get_order(8, api_key="s3cret")
    except LookupError:
        pass
    with steelyard.trace("decide") as span:
        span.score("helpful", 0.75)
    messages = [{"role": "user", "content": question}, {"role": "tool", "content": str(order)}]
    return "".join([piece async for piece in call_model(messages)])

async def main():
    with steelyard.trace_context(user="u-17", session="s-3", slice="gold"):
        await answer("Where is order 7?")

asyncio.run(main())
"""


def test_a_traced_application_is_seen_with_tokens_tools_errors_and_scores(tmp_path: Path) -> None:
    (tmp_path / "steelyard.toml").write_text('[project]\nname = "shop"\n', encoding="utf-8")
    (tmp_path / "shop_bot.py").write_text(SHOP, encoding="utf-8")
    with served(tmp_path) as address:
        environ = {"PYTHONPATH": str(ROOT / "src"), "STEELYARD_ENDPOINT": address}
        done = subprocess.run(
            [sys.executable, "shop_bot.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environ},
        )
        assert (done.returncode, done.stderr) == (0, "")
        (trace,) = httpx.get(f"{address}/api/v1/traces").json()["traces"]
        found = httpx.get(f"{address}/api/v1/traces/{trace['trace']}?payloads=true").json()
        page = httpx.get(f"{address}/traces/{trace['trace']}", headers={"accept": "text/html"}).text
    assert (trace["name"], trace["service"], trace["model"]) == ("clerk", "shop_bot", "gpt-4o-mini")
    assert (trace["user"], trace["session"]) == ("u-17", "s-3")
    assert (trace["input_tokens"], trace["output_tokens"], trace["errors"]) == (1200, 88, 1)
    assert trace["cost_usd"] > 0
    assert (trace["input"], trace["output"]) == ("Where is order 7?", "It is late.")
    spans: list[dict[str, Any]] = found["spans"]
    assert [(span["name"], span["kind"]) for span in spans] == [
        ("clerk", "agent"),
        ("get_order", "tool"),
        ("get_order", "tool"),
        ("decide", "step"),
        ("call_model", "llm"),
    ]
    tool, failed, _, model = spans[1:]
    assert tool["detail"]["input"] == {"number": 7, "api_key": "[masked]"}
    assert tool["detail"]["output"] == {"number": 7, "state": "late"}
    assert failed["error"] == "LookupError: no order 8"
    assert [message["role"] for message in model["detail"]["input_messages"]] == ["user", "tool"]
    assert model["detail"]["output"] == "It is late."
    assert [(score["name"], score["value"]) for score in found["scores"]] == [("helpful", 0.75)]
    assert "s3cret" not in str(found)
    assert page.count("get_order") >= 2
    assert "1,200 → 88" in page
