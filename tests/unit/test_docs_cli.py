"""docs/cli.md has every command, argument and option that `--help` lists, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from embedmark.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
# Named by DESIGN.md, and documented before it is built.
COMING = {"embedmark datasets check FILE|NAME"}


def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for child in command.list_commands(context):
        found = command.get_command(context, child)
        assert found is not None
        yield from walk(f"{name} {child}", found)


COMMANDS = dict(walk("embedmark", main.cli))


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def documented(text: str) -> set[str]:
    """Options in the first column of the tables of `text`."""
    cells = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `-")]
    return set(re.findall(r"`(--?[a-z][a-z-]*)", " ".join(cells)))


def options(command: click.Command) -> set[str]:
    found = [param for param in command.params if isinstance(param, click.Option)]
    return {flag for option in found for flag in (*option.opts, *option.secondary_opts)}


def title_of(name: str) -> str:
    command = COMMANDS[name]
    context = click.Context(command)
    arguments = [param.make_metavar(context) for param in command.params if isinstance(param, click.Argument)]
    # Brackets say that it may be left out, which the page has words for.
    return " ".join([name, *(argument.strip("[]") for argument in arguments)])


@pytest.mark.parametrize("name", COMMANDS)
def test_page_documents_every_command_and_option(name: str) -> None:
    text = section(title_of(name))
    assert text, f"docs/cli.md has no section {title_of(name)!r}"
    assert documented(text) == options(COMMANDS[name])


def test_the_page_has_no_command_that_is_not_there() -> None:
    titles = set(re.findall(r"^## (embedmark .*)$", PAGE, re.M))
    assert titles - COMING == {title_of(name) for name in COMMANDS} - COMING


def test_the_options_of_embedmark_itself() -> None:
    names = set(main.cli.context_settings["help_option_names"])
    assert documented(section("embedmark")) == options(main.cli) | names


def test_the_exit_codes_stand_in_the_page() -> None:
    codes = re.findall(r"^\| (\d+) \|", section("Exit codes"), re.M)
    assert codes == ["0", "1", "2", "3", "129", "130"]
