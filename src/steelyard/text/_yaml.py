"""YAML as plain JSON values, from files nobody vouches for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, ClassVar

import yaml

from steelyard.core import Json

_MOST_NODES = 2_000_000
_DEEPEST = 200
_TAG = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")


def parse_yaml(text: str, *, aliases: bool = True) -> Json:
    """One YAML document; raises ValueError with a reason for people.

    Scalars are read by the core schema of YAML 1.2, as JavaScript and Go tools do: `yes` and dates are
    text. Refused besides what YAML forbids: tags that make anything but JSON values, aliases that grow
    past two million values or refer to themselves, or all of them unless `aliases`, nesting deeper than
    200 levels, keys there twice.
    """
    try:
        loader = _PlainLoader(text) if aliases else _AliasFreeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_bombs(node)
        value: Json = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {_reason(error)}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return value


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that makes only what JSON knows."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803  PyYAML's own name
        """Refuse depth where it is met: the scanner's work grows with its square."""
        if self.flow_level > _DEEPEST:
            raise _refused_depth()
        super().fetch_flow_collection_start(TokenClass)


class _AliasFreeLoader(_PlainLoader):
    """One for settings, which are written out where they are stored."""

    def fetch_alias(self) -> None:
        """Refuse every alias."""
        raise ValueError("holds a YAML alias, which is not taken here")


def _refused_depth() -> ValueError:
    return ValueError(f"is nested more than {_DEEPEST} levels deep")


def _construct_null(loader: _PlainLoader, node: yaml.ScalarNode) -> None:
    loader.construct_scalar(node)


def _construct_bool(loader: _PlainLoader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() == "true"


def _construct_int(loader: _PlainLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    if not _WHOLE.fullmatch(text) or len(text) > 1000:
        raise _refused("not a whole number", node)
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def _construct_float(loader: _PlainLoader, node: yaml.ScalarNode) -> float:
    try:
        number = float(
            str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan")
        )
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _refused("not a finite number", node)
    return number


def _construct_text(loader: _PlainLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def _construct_list(loader: _PlainLoader, node: yaml.SequenceNode) -> list[Any]:
    return loader.construct_sequence(node, deep=True)


def _construct_object(loader: _PlainLoader, node: yaml.MappingNode) -> dict[str, Any]:
    written: set[str] = set()
    for key_node, _ in node.value:
        name = _key(key_node)
        if name in written and key_node.tag != f"{_TAG}merge":
            raise _refused(f"the key '{name[:60]}' is there twice", key_node)
        written.add(name)
    loader.flatten_mapping(node)
    return {
        _key(key_node): loader.construct_object(value_node, deep=True) for key_node, value_node in node.value
    }


def _construct_unknown(_: _PlainLoader, node: yaml.Node) -> None:
    raise _refused(f"the tag '{node.tag[:60]}' is not taken", node)


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _refused("a key must be text or a number", node)
    return str(node.value)


def _refused(reason: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, reason, node.start_mark)


def _refuse_bombs(root: yaml.Node) -> None:
    """Raise for a document that aliases blow up: its size is counted as if each were written out."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[yaml.Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        children = _children(node)
        if done:
            open_nodes.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
            if sizes[id(node)] > _MOST_NODES:
                raise ValueError(f"holds more than {_MOST_NODES:,} values once its aliases are written out")
        elif id(node) not in sizes:
            if id(node) in open_nodes:
                raise ValueError("holds an alias that refers to itself")
            open_nodes.add(id(node))
            if len(open_nodes) > _DEEPEST:
                raise _refused_depth()
            stack.append((node, True))
            stack.extend((child, False) for child in children)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return []


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem or error.context} at line {mark.line + 1}, column {mark.column + 1}"
    return " ".join(str(error).split())[:200]


_NUMBER_STARTS = list("-+.0123456789")
_RESOLVERS: tuple[tuple[str, str, list[str]], ...] = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", _WHOLE.pattern, _NUMBER_STARTS),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        _NUMBER_STARTS,
    ),
    ("merge", "<<", ["<"]),
)
_CONSTRUCTORS: tuple[tuple[str | None, Callable[..., Any]], ...] = (
    (f"{_TAG}null", _construct_null),
    (f"{_TAG}bool", _construct_bool),
    (f"{_TAG}int", _construct_int),
    (f"{_TAG}float", _construct_float),
    (f"{_TAG}str", _construct_text),
    (f"{_TAG}seq", _construct_list),
    (f"{_TAG}map", _construct_object),
    (None, _construct_unknown),
)
for _name, _pattern, _starts in _RESOLVERS:
    _PlainLoader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), _starts)
for _tag, _constructor in _CONSTRUCTORS:
    _PlainLoader.add_constructor(_tag, _constructor)
