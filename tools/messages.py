"""Bring the message catalogs up to date with the code: `python -m tools.messages` (or `make messages`).

Every `_("...")` and `ngettext("...", "...", n)` in the code and in the templates is a message. So are the sentences
of warnings: a run's manifest keeps them in English, with figures filled in, so the catalog has each as a pattern with
numbered placeholders, and a report finds the pattern that a sentence was made from.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from embedmark.language import DOMAIN, LANGUAGES, LOCALE

PACKAGE = LOCALE.parent
_METHODS = [("**.py", "python"), ("**/templates/**.j2", "jinja2.ext:babel_extract")]
_OPTIONS = {"**/templates/**.j2": {"silent": "false", "trimmed": "true"}}
_HOLE = "\0"
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # the same messages are the same bytes on any day


def main() -> int:
    """Write every catalog again; 1 if a message has no translation."""
    lacking = 0
    for language in LANGUAGES[1:]:
        catalog = updated(language)
        path(language, "po").write_bytes(po_bytes(catalog))
        path(language, "mo").write_bytes(mo_bytes(catalog))
        for message in missing(catalog):
            lacking += 1
            print(f"{language}: no translation: {message}", file=sys.stderr)  # noqa: T201 - a tool's output
    return 1 if lacking else 0


def path(language: str, suffix: str) -> Path:
    """Return the path of a catalog: `po` is its source, `mo` what the program reads."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def updated(language: str) -> Catalog:
    """Return a language's catalog with exactly the messages of the code."""
    with path(language, "po").open("rb") as file:
        catalog = read_po(file, locale=language, domain=DOMAIN)
    template = Catalog(domain=DOMAIN)
    for message, comments in messages():
        template.add(message, auto_comments=comments, flags=_flags(message))
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.creation_date = _NO_DATE
    for entry in catalog:
        entry.flags.discard("python-format")  # Babel takes "5 % load" for one
    return catalog


def messages() -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    """Yield every message of the code with comments for its translator, sorted, each once."""
    found: dict[str | tuple[str, ...], list[str]] = {}
    for name, _, message, comments, _ in extract_from_dir(
        PACKAGE, _METHODS, _OPTIONS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
    ):
        if "".join(message):
            found.setdefault(message if isinstance(message, str) else tuple(message[:2]), list(comments))
        del name
    for source in sorted(PACKAGE.rglob("*.py")):
        for text in sentences(source.read_text(encoding="utf-8")):
            found.setdefault(text, [])
    yield from sorted(found.items(), key=lambda item: item[0] if isinstance(item[0], str) else item[0][0])


def sentences(code: str) -> Iterator[str]:
    """Yield a module's English sentences that are translated later, with `{1}`, `{2}`, ... for what is filled in.

    These are the texts of warnings, of notes on datasets, and of `translatable`.
    """
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        for argument in _translated(name, node):
            yield from _texts(argument)


def _translated(name: str, call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments of a call that people read."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in ("Notice", "replace"):
        yield from (named[key] for key in ("message", "advice") if key in named)
    elif name in ("notes.append", "translatable"):
        yield from call.args[:1]


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the patterns that an expression can be, and the parts that are chosen within it."""
    for text in _choices(node):
        pattern = _numbered(text)
        if any(letter.isalpha() for letter in re.sub(_HOLE, "", pattern)):
            yield pattern
    for inner in ast.walk(node):
        if isinstance(inner, ast.FormattedValue) and isinstance(inner.value, ast.IfExp):
            yield from _texts(inner.value)


def _choices(node: ast.expr) -> list[str]:
    """Return every text that an expression can be, with holes for what only a run knows; [] if it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else _HOLE for part in parts)]
        case ast.IfExp(body=first, orelse=second):
            return [*_choices(first), *_choices(second)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in _choices(value)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a in _choices(left) or [_HOLE] for b in _choices(right) or [_HOLE]]
    return []


def _numbered(text: str) -> str:
    numbers = itertools.count(1)
    return re.sub(_HOLE, lambda _: f"{{{next(numbers)}}}", text)


def missing(catalog: Catalog) -> list[str]:
    """Return the messages of a catalog that have no translation."""
    lacking = []
    for message in catalog:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and (not all(texts) or message.fuzzy):
            lacking.append(str(message.id))
    return lacking


def po_bytes(catalog: Catalog) -> bytes:
    """Return a catalog's source: sorted, and without dates or places, so that it changes only with the messages."""
    file = io.BytesIO()
    write_po(file, catalog, width=120, sort_output=True, omit_header=False, no_location=True)
    lines = file.getvalue().decode("utf-8").splitlines(keepends=True)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Report-Msgid-Bugs-To', '"Last-Translator')
    return "".join(line for line in lines if not line.startswith(dated)).encode("utf-8")


def mo_bytes(catalog: Catalog) -> bytes:
    """Return a catalog in the form that the program reads."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def _flags(message: str | tuple[str, ...]) -> list[str]:
    first = message if isinstance(message, str) else message[0]
    return ["python-brace-format"] if "{" in first else []


if __name__ == "__main__":
    sys.exit(main())
