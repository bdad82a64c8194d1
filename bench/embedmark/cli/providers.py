"""`embedmark providers list | check | new`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from embedmark.cli.group import Group
from embedmark.cli.providers_check import check
from embedmark.cli.providers_new import new

if TYPE_CHECKING:
    from embedmark.plugins.about import About


@click.group("providers", cls=Group)
def command() -> None:
    """Providers: list, check, write one."""


command.add_command(check)
command.add_command(new)


@command.command("list")
@click.option("--verbose", "-v", is_flag=True, help="Each provider's options, with types, defaults and a line of help.")
def list_(verbose: bool) -> int:
    """The installed providers. A provider is imported only to see whether it can be; nothing is loaded."""
    from embedmark.plugins.about import about
    from embedmark.plugins.registry import plugins
    from embedmark.report.terminal import print_table

    found = [about(plugin) for plugin in plugins()]
    if not found:
        click.echo("no provider is installed")
    elif verbose:
        for entry in found:
            _print_options(entry)
    else:
        titles = ["name", "kind", "distribution", "ready"]
        print_table(titles, [[e.plugin.name, e.kind, _distribution(e), "no" if e.problem else "yes"] for e in found])
        for entry in found:
            _print_problem(entry)
    return 0


def _print_problem(entry: About) -> None:
    """Print why a provider cannot be used and what to type; unbroken, so that it can be copied."""
    if entry.problem is not None:
        click.echo(f"{entry.plugin.name}: {entry.problem}")
        if entry.remedy:
            click.echo(f"  try: {entry.remedy}")


def _print_options(entry: About) -> None:
    from embedmark.report.terminal import print_table

    click.secho(entry.plugin.name, bold=True, nl=False)
    click.echo(f"  {entry.kind or 'unknown kind'}, {_distribution(entry)}, ready: {_ready(entry)}")
    if entry.summary:
        click.echo(f"  {entry.summary}")
    if entry.options:
        rows = [[option.name, option.type, option.default, option.help] for option in entry.options]
        print_table(["option", "type", "default", "help"], rows)
    else:
        click.echo("  no options" if entry.problem is None or entry.kind else "")
    click.echo()


def _distribution(entry: About) -> str:
    return f"{entry.plugin.distribution} {entry.plugin.version}"


def _ready(entry: About) -> str:
    return "yes" if entry.problem is None else f"no: {entry.problem}" + (f"; {entry.remedy}" if entry.remedy else "")
