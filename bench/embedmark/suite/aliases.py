"""Aliases of YAML: a few lines of them may expand to billions of values, or to one that contains itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from embedmark.errors import SuiteError

_MOST: Final = 100_000  # values of a suite, with every alias written out
_UNDER_WAY: Final = -1


def check_aliases(root: yaml.Node, path: Path) -> None:
    """Raise SuiteError, with its line, if a value contains itself or aliases expand to too many values."""
    sizes: dict[int, int] = {}
    _size(root, sizes, path)


def _size(node: yaml.Node, sizes: dict[int, int], path: Path) -> int:
    known = sizes.get(id(node))
    if known == _UNDER_WAY:
        raise _refused("an alias (*) is inside its own anchor (&): the value would contain itself", node, path)
    if known is not None:
        return known
    sizes[id(node)] = _UNDER_WAY
    total = 1
    for child in _children(node):
        total += _size(child, sizes, path)
        if total > _MOST:
            raise _refused(f"with its aliases (*) written out, this holds more than {_MOST:,} values", node, path)
    sizes[id(node)] = total
    return total


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return []


def _refused(message: str, node: yaml.Node, path: Path) -> SuiteError:
    where = f"{path}:{node.start_mark.line + 1}"
    return SuiteError(message, where=where, hint="write the values out, without & and *")
