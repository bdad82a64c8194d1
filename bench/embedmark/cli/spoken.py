"""The language of the command line: its help, its errors, and every line that it prints."""

from __future__ import annotations

import copy
import gettext as catalogs
import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from embedmark.api.secrets import scrub
from embedmark.cli.formatter import CellContext
from embedmark.errors import GIVEN, EmbedmarkError
from embedmark.language import DOMAIN, LANGUAGES, LOCALE, current_language, from_english, system_language, using
from embedmark.language import gettext as _

LONGEST_LINE = 1_000  # characters of an error
_LABEL_COLUMNS = 9
_FEWEST_COLUMNS = 20  # of a sentence that is folded
_OPTION = "--lang"


@contextmanager
def speaking(arguments: Sequence[str]) -> Iterator[None]:
    """Within, a command line is answered in the language of its --lang, else of the locale; click's words included."""
    language = _language(arguments)
    before = os.environ.get("LANGUAGE"), catalogs.textdomain()
    if language != "en":
        catalogs.bindtextdomain(DOMAIN, str(LOCALE))
        catalogs.textdomain(DOMAIN)
        os.environ["LANGUAGE"] = language
    try:
        with using(language):
            yield
    finally:
        catalogs.textdomain(before[1])
        if before[0] is not None:
            os.environ["LANGUAGE"] = before[0]
        elif language != "en":
            os.environ.pop("LANGUAGE", None)


def say(text: str, *, err: bool = False) -> None:
    """Print a line, made in English, in the current language; to stderr with `err`."""
    click.echo("\n".join(map(_line, text.split("\n"))), err=err)


def _line(text: str) -> str:
    words = text.lstrip()
    return text[: len(text) - len(words)] + from_english(words)


def prose(text: str) -> None:
    """Print a sentence, made in English, in the current language, on lines that the terminal has room for."""
    words = text.lstrip()
    indent = text[: len(text) - len(words)]
    paragraph(from_english(words), indent)


def paragraph(text: str, indent: str = "") -> None:
    """Print a sentence that is in the current language, on lines that the terminal has room for."""
    _fold(indent, text, " " * (len(indent) + 2 * bool(indent)))


def labeled(label: str, text: str) -> None:
    """Print a label, in the current language, and a text that was made in English."""
    _fold(f"  {padded(label, _LABEL_COLUMNS - 1)} ", from_english(text), " " * (_LABEL_COLUMNS + 2))


def _fold(head: str, text: str, indent: str) -> None:
    """Print `head` and a text whose further lines are indented; whole, unless a terminal or COLUMNS gives a width."""
    from embedmark.report.text.fold import hold_commands, wrap
    from embedmark.report.text.plain import terminal_width

    lines = [text]
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").strip("0").isdigit():
        lines = wrap(hold_commands(text), max(_FEWEST_COLUMNS, terminal_width() - len(indent)))
    click.echo(head + f"\n{indent}".join(lines))


def padded(text: str, columns: int) -> str:
    """Return a text with blanks up to this many columns of the terminal; a Korean letter takes two."""
    from rich.cells import cell_len

    return text + " " * max(0, columns - cell_len(text))


def tell(text: str) -> None:
    """Print a line of progress, made in English, to stderr in the current language."""
    say(text, err=True)


def error_text(error: EmbedmarkError) -> str:
    """Return an expected error in the current language: what is wrong, where, and what to type instead."""
    lines = [from_english(error.message)]
    if error.where:
        lines.append(_("  at:  {place}", place=from_english(error.where).replace(GIVEN, _(GIVEN))))
    if error.hint:
        hint = from_english(error.hint)
        lines.append(_("  try: {hint}", hint=error.typed(hint) if error.typed else hint))
    return "\n".join(lines)


def say_error(error: EmbedmarkError) -> None:
    """Write an error for people to stderr: no keys, no control characters, no line that fills the screen."""
    lines = scrub(error_text(error)).split("\n")
    short = "\n".join(line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " ..." for line in lines)
    mark = click.style(_("error:"), fg="red", bold=True)
    click.echo(f"{mark} {short}", err=True)


def in_language(command: click.Command) -> click.Command:
    """Return a command, or a copy of it with its help in the current language."""
    if current_language() == "en":
        return command
    command = copy.copy(command)
    vars(command)["_help_option"] = None  # click keeps --help in the language in which it was first shown
    command.help = _(inspect.cleandoc(command.help)) if command.help else None
    command.context_class = CellContext
    command.params = [_parameter(parameter) for parameter in command.params]
    if isinstance(command, click.Group):
        command.commands = {name: in_language(inner) for name, inner in command.commands.items()}
    return command


def _parameter(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    parameter = copy.copy(parameter)
    parameter.help = _(str(parameter.help))
    return parameter


def _language(arguments: Sequence[str]) -> str:
    """Return the language that arguments ask for, whatever command they are of; a wrong one is refused later."""
    for argument, following in zip(arguments, [*arguments, ""][1:], strict=True):
        name, equals, value = argument.partition("=")
        if name == _OPTION and (value if equals else following) in LANGUAGES:
            return value if equals else following
    return system_language()
