"""A real server on loopback that answers as a judge would, and judges made by hand."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from steelyard.core import Json, SystemClock
from steelyard.metrics.judge import Judge, Member, Task
from steelyard.targets import AnswerCache, Caller, Limits, ScriptedTarget, resolve_target

Prompt = list[dict[str, str]]
Script = Callable[[Prompt], "str | dict[str, Any]"]


def code_of(messages: Prompt) -> str:
    """The code that the judge was told."""
    return str(re.findall(r'The value of "code" is "(\w+)"', messages[-1]["content"])[-1])


def data_of(messages: Prompt, name: str = "answer") -> str:
    """The text between the marks of that name."""
    asked = next(message["content"] for message in messages if message["role"] == "user")
    found = re.search(rf"\[\[BEGIN {name} (\w+)\]\]\n(.*?)\n\[\[END {name} \1\]\]", asked, re.DOTALL)
    assert found is not None, f"no {name} in the prompt"
    return found.group(2)


def verdict(messages: Prompt, **fields: Json) -> str:
    """A verdict with the right code."""
    return json.dumps({"code": code_of(messages), "reason": "so it is", **fields})


class JudgeServer:
    """Speaks the OpenAI protocol and answers by a script; remembers every request's body."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.bodies: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                given = outer.script(body["messages"])
                choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
                if isinstance(given, str):
                    choice["message"] = {"role": "assistant", "content": given}
                else:
                    choice |= given
                usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
                answer = json.dumps({"model": "mock", "choices": [choice], "usage": usage}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def judge_server() -> Iterator[Callable[[Script], JudgeServer]]:
    """Start servers that judge by a script; all are stopped at the end of the test."""
    started: list[JudgeServer] = []

    def start(script: Script) -> JudgeServer:
        started.append(JudgeServer(script))
        return started[-1]

    yield start
    for server in started:
        server.close()


MakeJudge = Callable[..., Judge]


@pytest.fixture
def judge_of() -> MakeJudge:
    """A judge whose members are scripts, in memory: `judge_of(task, script, …, samples=2)`."""

    def make(task: Task, *scripts: Script, **options: Any) -> Judge:
        members = []
        for number, script in enumerate(scripts, start=1):

            def answer(request: Any, script: Script = script) -> Json:
                given = script([dict(message) for message in request.messages])
                assert isinstance(given, str)
                return given

            name = f"judge {number}"
            members.append(Member(caller=caller_of(ScriptedTarget(answer, name=name)), name=name))
        return Judge(name="test", task=task, members=tuple(members), **options)

    return make


def caller_of(target: Any, *, cache: AnswerCache | None = None, **limits: Any) -> Caller:
    """A caller with quick retries."""
    options = {"backoff_s": 0.001, "max_attempts": 2, **limits}
    return Caller(target, Limits(**options), clock=SystemClock(), rng=random.Random(7), cache=cache)


def served(
    task: Task, server: JudgeServer, folder: Path, *, cache: AnswerCache | None = None, **settings: Json
) -> Judge:
    """A judge behind the server's protocol, with a price."""
    target = resolve_target(
        f"openai:mock?base_url={server.url}",
        settings={"price": {"input": 1.0, "output": 2.0}, "temperature": 0, **settings},
        folder=folder,
        environ={},
    )
    member = Member(caller=caller_of(target, cache=cache), name="mock")
    return Judge(name="test", task=task, members=(member,))
