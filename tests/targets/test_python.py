from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from steelyard.core import ConfigError, UsageError


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Write a module of a name of its own; it is forgotten afterwards."""
    names: list[str] = []
    before = list(sys.path)

    def write(source: str) -> str:
        name = f"target_{tmp_path.name.replace('-', '_')}_{len(names)}"
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        names.append(name)
        return name

    yield write
    sys.path[:] = before
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(question): return question.upper()", "HELLO"),
        ("async def f(question): return question[::-1]", "olleh"),
        ("def f(case): return case.id", "c1"),
        ("def f(case): return case['input'] + case['id']", "helloc1"),
        ("def f(text, *, epoch, seed=None): return f'{text}{epoch}{seed}'", "hello2None"),
        ("def f(text): return {'label': 1}", {"label": 1}),
        ("def f(text): return {'output': 'x', 'cost_usd': 0.5}", "x"),
        ("def f(text): return ['a', 'b']", ["a", "b"]),
        ("def f(text): return None", None),
        ("f = len", 5),
        ("class A:\n    def f(self, x): return x + '!'\nf = A().f", "hello!"),
        ("class A:\n    async def __call__(self, x): return x + '?'\nf = A()", "hello?"),
        ("from steelyard.core import Output\ndef f(x): return Output(value=x, cost_usd=.1)", "hello"),
    ],
)
async def test_calls_functions_of_every_shape(
    resolve: Any, ask: Any, module: Any, source: str, expected: Any
) -> None:
    target = resolve(f"python:{module(source)}:f")
    output = await target.answer(ask("hello", epoch=2))
    assert output.value == expected
    assert output.fault is None
    assert output.latency_s is not None
    assert not target.info.reusable
    await target.close()


async def test_a_conversation_stands_in_for_the_input(resolve: Any, ask: Any, module: Any) -> None:
    name = module("def f(x): return x[-1]['content']")
    target = resolve(f"python:{name}:f")
    output = await target.answer(ask(None, messages=[{"role": "user", "content": "second turn"}]))
    assert output.value == "second turn"
    await target.close()


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("def f(x): raise KeyError('city')", "exception", "KeyError: 'city'"),
        ("async def f(x): raise TimeoutError('upstream')", "exception", "TimeoutError: upstream"),
        ("def f(x): raise StopIteration", "exception", "RuntimeError: StopIteration: "),
        ("def f(x): raise SystemExit(3)", "exception", "RuntimeError: SystemExit: 3"),
        ("def f(x): return object()", "invalid", "the function answered with object"),
        ("def f(x): return float('nan')", "invalid", "the function answered with float"),
        ("def f(x): return {'output': 'x', 'latency_s': 'fast'}", "invalid", "latency_s must be a number"),
        ("def f(x): return {'error': 'no stock'}", "exception", "no stock"),
    ],
)
async def test_what_goes_wrong_is_the_targets_fault(
    resolve: Any, ask: Any, module: Any, source: str, kind: str, message: str
) -> None:
    target = resolve(f"python:{module(source)}:f")
    fault = (await target.answer(ask())).fault
    assert fault is not None
    assert (fault.owner, fault.kind) == ("target", kind)
    assert message.strip() in fault.message
    await target.close()


async def test_an_exception_does_not_give_away_a_key(resolve: Any, ask: Any, module: Any) -> None:
    environ = {"SUPPORT_API_KEY": "planted-secret-value"}
    source = "def f(x): raise ValueError('GET https://u:pw12345@h/?k=planted-secret-value')"
    target = resolve(f"python:{module(source)}:f", environ=environ)
    output = await target.answer(ask())
    assert output.fault is not None
    assert "***" in output.fault.message
    assert "planted" not in repr(output)
    assert "pw12345" not in repr(output)
    await target.close()


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("nomodule_here:f", "nomodule_here:f cannot be imported: ModuleNotFoundError"),
        ("json:nothing", "json:nothing cannot be imported: AttributeError"),
        ("json", "written python:module:function"),
        ("json:__name__", "is not a function"),
        (":f", "written python:module:function"),
    ],
)
def test_what_cannot_be_imported_is_said(resolve: Any, rest: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(f"python:{rest}")


def test_a_module_that_breaks_while_imported(resolve: Any, module: Any) -> None:
    with pytest.raises(UsageError, match="ZeroDivisionError: division by zero"):
        resolve(f"python:{module('1 / 0')}:f")


def test_a_parameter_that_cannot_be_filled(resolve: Any, module: Any) -> None:
    with pytest.raises(UsageError, match="parameter 'client' that cannot be filled"):
        resolve(f"python:{module('def f(x, client): ...')}:f")


def test_settings_of_other_targets_are_refused(resolve: Any) -> None:
    with pytest.raises(ConfigError, match="unknown setting 'temperature'"):
        resolve("python:json:dumps", settings={"temperature": 0})


async def test_plain_functions_run_side_by_side_and_a_hanging_one_holds_nobody_up(
    resolve: Any, ask: Any, module: Any, caller_of: Any
) -> None:
    source = "import time\ndef f(x):\n    time.sleep(1.0 if x == 'hang' else 0.01)\n    return x"
    target = resolve(f"python:{module(source)}:f")
    async with caller_of(target, timeout_s=0.2) as caller:
        texts = ["hang", "a", "b", "c"]
        outputs = await asyncio.gather(*(caller.call(ask(text)) for text in texts))
    assert [output.value for output in outputs] == [None, "a", "b", "c"]
    assert outputs[0].fault.kind == "timeout"
    assert outputs[0].latency_s >= 0.2
