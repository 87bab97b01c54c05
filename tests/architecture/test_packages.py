"""The shape of the source tree: front doors, private files, sizes."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "steelyard"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
DOORS = sorted(path for path in MODULES if path.name == "__init__.py" and path.parent != SOURCE)
MAX_LINES = 500
MAX_FUNCTION_LINES = 80
MAX_PARAMETERS = 7


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _names(tree: ast.Module) -> tuple[list[str], list[str]]:
    """What a door imports, and what it lists."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    imported = [alias.asname or alias.name for node in imports for alias in node.names]
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    return [name for name in imported if name != "annotations"], listed[0] if listed else []


@pytest.mark.parametrize("path", DOORS, ids=_name)
def test_a_package_door_holds_imports_and_a_sorted_list_of_names(path: Path) -> None:
    kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    assert all(isinstance(node, kinds) for node in _tree(path).body), "code belongs into a module"
    stub = path.with_suffix(".pyi")
    imported, listed = _names(_tree(stub if stub.is_file() else path))
    assert sorted(listed) == sorted(imported)


@pytest.mark.parametrize("stub", sorted(SOURCE.rglob("*.pyi")), ids=_name)
def test_a_lazy_door_offers_what_its_stub_lists(stub: Path) -> None:
    package = importlib.import_module(".".join(("steelyard", *stub.parent.relative_to(SOURCE).parts)))
    _, listed = _names(_tree(stub))
    assert sorted(package.__all__) == sorted(listed)
    for name in listed:
        assert getattr(package, name) is not None


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_is_private_short_and_described(path: Path) -> None:
    assert path.name == "__init__.py" or path.name.startswith("_") or path.parent == SOURCE
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, f"{lines} lines: one noun too many"
    assert ast.get_docstring(_tree(path)), "the first line says what the module is"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_functions_fit_a_screen_and_take_few_parameters(path: Path) -> None:
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        arguments = node.args
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        counted = [item for item in parameters if item.arg not in ("self", "cls")]
        assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"
        is_command = any("command" in ast.unparse(item) for item in node.decorator_list)
        assert is_command or len(counted) <= MAX_PARAMETERS, f"{node.name} takes {len(counted)} parameters"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_other_packages_are_entered_by_their_front_door(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("steelyard."):
            parts = (node.module or "").split(".")
            if parts[1] != own:
                assert not any(part.startswith("_") for part in parts[2:]), f"imports {node.module}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_unsafe_is_called(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("import pickle", "yaml.load(", "shell=True", "verify=False"):
        assert word not in text
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            sandboxed = node.func.id == "exec" and _name(path) == "metrics/code/_harness.py"
            assert sandboxed or node.func.id not in ("eval", "exec"), f"line {node.lineno}"
