"""The English sentences of a module that are translated after they are made: warnings, errors, hints, notes.

Each is a pattern with `{1}`, `{2}`, ... for what only a run knows. A name or a call of the same module is followed to
the texts that it can be, so that the parts of a sentence are found as well.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator

_HOLE = "\0"
_FEWEST_LETTERS = 4
_DEPTH = 4  # names and calls that are followed from one sentence
_FOR_AUTHORS = ("TypeError", "KeyError", "AssertionError", "AttributeError", "ImportError", "RuntimeError")
_SPOKEN = ("notes.append", "translatable", "say", "prose", "progress.at", "teller")


def sentences(code: str, *, every: bool = False) -> Iterator[str]:
    """Yield the patterns of a module; with `every`, all its texts of two words or more.

    >>> list(sentences("raise UsageError(f'no provider is called {name}', hint='check the name')"))
    ['no provider is called {1}', 'check the name']
    """
    module = _Module(ast.parse(code))
    for argument in itertools.chain(module.spoken(), module.every() if every else ()):
        yield from module.texts(argument)


class _Module:
    """A module's tree, with what its names are assigned and what its functions return."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._values: dict[str, list[ast.expr]] = defaultdict(list)
        self._functions: dict[str, ast.FunctionDef] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self._values[target.id].append(node.value)
            elif isinstance(node, ast.FunctionDef):
                self._functions[node.name] = node

    def spoken(self) -> Iterator[ast.expr]:
        """Yield the expressions that people read, also where a function of the module passes them on."""
        passed: set[tuple[str, str]] = set()
        for function in self._functions.values():
            names = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
            for call in _calls(function):
                for argument in _arguments(call):
                    passed |= {
                        (function.name, n.id) for n in ast.walk(argument) if isinstance(n, ast.Name) and n.id in names
                    }
        for call in _calls(self._tree):
            yield from _arguments(call)
            yield from self._passed(call, passed)
        yield from _assigned(self._tree)

    def every(self) -> Iterator[ast.expr]:
        """Yield every text of two words or more that is not a docstring."""
        inner = {id(part) for node in ast.walk(self._tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        inner |= {id(node.value) for node in ast.walk(self._tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self._tree):
            is_text = isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Constant) and isinstance(node.value, str)
            )
            if (
                isinstance(node, ast.expr)
                and is_text
                and id(node) not in inner
                and len(re.findall("[A-Za-z]{2,}", "".join(_texts_in(node)))) > 1
            ):
                yield node

    def _passed(self, call: ast.Call, passed: set[tuple[str, str]]) -> Iterator[ast.expr]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        function = self._functions.get(name)
        if function is None:
            return
        positional = [argument.arg for argument in function.args.args if argument.arg != "self"]
        given = dict(zip(positional, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}
        yield from (value for key, value in given.items() if (name, key) in passed)

    def texts(self, node: ast.expr, depth: int = 0) -> Iterator[str]:
        """Yield the patterns that an expression can be, and those of its parts."""
        for text in self._choices(node, depth):
            pattern = _numbered(text.lstrip() if text.startswith("  ") else text)
            if _is_sentence(pattern, is_part=depth > 0):
                yield pattern
        for inner in ast.walk(node):
            if isinstance(inner, ast.FormattedValue) and depth < _DEPTH:
                yield from self.texts(inner.value, depth + 1)

    def _choices(self, node: ast.expr, depth: int) -> list[str]:
        """Return every text that an expression can be, with holes; [] if it is none that the module knows."""
        found: list[str] = []
        match node:
            case ast.Constant(value=str(text)):
                found = [text]
            case ast.JoinedStr(values=parts):
                found = ["".join(str(part.value) if isinstance(part, ast.Constant) else _HOLE for part in parts)]
            case ast.IfExp(body=first, orelse=second):
                found = [*self._choices(first, depth), *self._choices(second, depth)]
            case ast.BoolOp(values=values):
                found = [text for value in values for text in self._choices(value, depth)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                lefts, rights = self._choices(left, depth) or [_HOLE], self._choices(right, depth) or [_HOLE]
                found = [a + b for a in lefts for b in rights]
            case ast.Name(id=name) if depth < _DEPTH:
                found = [text for value in self._values[name] for text in self._choices(value, depth + 1)]
            case ast.Call(func=ast.Name(id=name)) if name in self._functions and depth < _DEPTH:
                found = [text for value in _returned(self._functions[name]) for text in self._choices(value, depth + 1)]
            case ast.Call(func=ast.Attribute(value=ast.Dict(values=values), attr="get"), args=[_, *rest]):
                found = [text for value in (*values, *rest) for text in self._choices(value, depth)]
        return found


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments of a call that people read."""
    name = ast.unparse(call.func)
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if name == "Notice":
        yield from (named[key] for key in ("message", "advice") if key in named)
    elif name.endswith(_SPOKEN) or (name.endswith("Error") and name not in _FOR_AUTHORS):
        yield from call.args[:1]
    yield from (named[key] for key in ("hint", "where", "reason", "note") if key in named)


def _assigned(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what becomes the hint of an error that is at hand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".hint"):
            yield node.value


def _texts_in(node: ast.AST) -> Iterator[str]:
    return (str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant))


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    return (node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None)


def _is_sentence(pattern: str, *, is_part: bool) -> bool:
    """Return True if a pattern is for people: words, and not a name or a command alone. A part may be one word."""
    words = re.sub(r"{\d+}", "", pattern)
    if not re.search("[A-Za-z]{2}", words) or re.fullmatch(r"\W*[a-z]+_\w+\W*", words):
        return False
    if words != pattern and len(re.findall("[A-Za-z]", words)) < _FEWEST_LETTERS:  # it would match almost anything
        return False
    return is_part or " " in pattern


def _numbered(text: str) -> str:
    numbers = itertools.count(1)
    return re.sub(_HOLE, lambda _: f"{{{next(numbers)}}}", text)
