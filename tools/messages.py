"""Bring the message catalogs up to date with the code: `python -m tools.messages` (or `make messages`).

Every `_("...")` and `ngettext("...", "...", n)` in the code and in the templates is a message. So are the sentences
of warnings, errors and progress: they are made in English, with figures filled in, and a manifest keeps them so. The
catalog has each as a pattern with numbered placeholders, and what people read is found by the pattern that it matches.
"""

from __future__ import annotations

import ast
import inspect
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from embedmark.language import DOMAIN, LANGUAGES, LOCALE, PART
from tools.sentences import sentences

Message = str | tuple[str, ...]
PACKAGE = LOCALE.parent
PROVIDERS = PACKAGE.parents[1] / "providers" / "embedmark_providers"
_METHODS = [("**.py", "python"), ("**/templates/**.j2", "jinja2.ext:babel_extract")]
_OPTIONS = {"**/templates/**.j2": {"silent": "false", "trimmed": "true"}}
# Modules that hold little but sentences for people: each text of two words or more is one.
_FULL_OF_SENTENCES = (
    "comparison/*", "cli/plan_text.py", "datasets/check.py", "datasets/lookup.py", "datasets/outlook.py",
    "datasets/quotes.py", "datasets/remedy.py", "datasets/retrieval/load.py", "datasets/retrieval/outlook.py",
    "datasets/suggest.py", "derive/verify.py",
    "machine/watch.py", "planning/retrieval.py", "planning/tokens.py", "testing/checks/*", "testing/conformance.py",
    "testing/second_process.py", "testing/source.py", "testing/subject.py", "testing/watch.py",
)  # fmt: skip
# What click says itself; it looks its words up in our catalog.
CLICK: tuple[str | tuple[str, str], ...] = (
    "Aborted!", "Commands", "Error: {message}", "Invalid value for {param_hint}: {message}", "Invalid value: {message}",
    "Missing argument", "Missing command.", "Missing option", "Missing parameter", "No such command {name!r}.",
    "No such option {name!r}.", "Option {name!r} does not take a value.", "Options",
    "Show the version and exit.", "Show this message and exit.", "Try '{command} {option}' for help.", "Usage:",
    "default: {default}", "directory", "file", "{name} {filename!r} does not exist.",
    "{name} {filename!r} is a directory.", "{name} {filename!r} is a file.", "{name} {filename!r} is not readable.",
    "{value!r} is not a valid {number_type}.", "{value} is not in the range {range}.",
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)  # fmt: skip
_NAMED = ("translatable", "Check", "Group")  # calls whose first argument is a message as it is
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
    for (message, context), comments in messages():
        template.add(message, auto_comments=comments, flags=_flags(message), context=context)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.creation_date = _NO_DATE
    for entry in catalog:
        entry.flags.discard("python-format")  # Babel takes "5 % load" for one
    return catalog


def messages() -> Iterator[tuple[tuple[Message, str | None], list[str]]]:
    """Yield every message of the code with its context and comments for its translator, sorted, each once."""
    found: dict[tuple[Message, str | None], list[str]] = {}
    for name, _, message, comments, _ in extract_from_dir(
        PACKAGE, _METHODS, _OPTIONS, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
    ):
        if "".join(message):
            found.setdefault((message if isinstance(message, str) else tuple(message[:2]), None), list(comments))
        del name
    for folder in (PACKAGE, PROVIDERS):
        for source in sorted(folder.rglob("*.py")):
            for text in constants(source.read_text(encoding="utf-8")):
                found.setdefault((text, None), [])
            every = any(source.relative_to(folder).match(pattern) for pattern in _FULL_OF_SENTENCES)
            for text in sentences(source.read_text(encoding="utf-8"), every=every):
                found.setdefault((text, PART if " " not in text else None), [])
    for source in sorted((PACKAGE / "cli").glob("*.py")):
        for text in help_texts(source.read_text(encoding="utf-8")):
            found.setdefault((text, None), [])
    for message in CLICK:
        found.setdefault((message, None), ["click's own"])
    yield from sorted(found.items(), key=lambda item: (_first(item[0][0]), item[0][1] or ""))


def constants(code: str) -> Iterator[str]:
    """Yield the texts that are messages as they are: titles of columns, and names of checks."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _NAMED:
            for given in node.args[:1]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value


def help_texts(code: str) -> Iterator[str]:
    """Yield the help of a module's commands and options."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef) and any(_is_command(each) for each in node.decorator_list):
            yield inspect.cleandoc(ast.get_docstring(node) or "")
        elif isinstance(node, ast.keyword) and node.arg == "help" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "OFFLINE":
            yield ast.literal_eval(node.value)


def _is_command(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith((".command", ".group"))


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


def _flags(message: Message) -> list[str]:
    return ["python-brace-format"] if "{" in _first(message) else []


def _first(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


if __name__ == "__main__":
    sys.exit(main())
