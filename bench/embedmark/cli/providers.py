"""`embedmark providers list | check | new`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from embedmark.cli.group import SuggestingGroup
from embedmark.cli.options import spoken_option
from embedmark.cli.providers_check import check
from embedmark.cli.providers_new import new
from embedmark.cli.spoken import say
from embedmark.language import from_english
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from embedmark.plugins.about import About


@click.group("providers", cls=SuggestingGroup)
def command() -> None:
    """Providers: list, check, write one."""


command.add_command(check)
command.add_command(new)


@command.command("list")
@click.option("--verbose", "-v", is_flag=True, help="Also show each provider's options, with types, defaults and help.")
@spoken_option
def list_(verbose: bool) -> int:
    """List the installed providers. Each is imported to check that it works; nothing is loaded."""
    from embedmark.plugins.about import about
    from embedmark.plugins.registry import plugins
    from embedmark.report.text.console import print_table

    found = [about(plugin) for plugin in plugins()]
    if not found:
        say("no provider is installed")
    elif verbose:
        for entry in found:
            _print_options(entry)
    else:
        titles = [_("name"), _("kind"), _("distribution"), _("ready")]
        rows = [[e.plugin.name, e.kind, _distribution(e), _("no") if e.problem else _("yes")] for e in found]
        print_table(titles, rows)
        for entry in found:
            _print_problem(entry)
    return 0


def _print_problem(entry: About) -> None:
    """Print why a provider cannot be used and what to type; unbroken, so that it can be copied."""
    if entry.problem is not None:
        click.echo(f"{entry.plugin.name}: {from_english(entry.problem)}")
        if entry.remedy:
            click.echo(_("  try: {hint}", hint=from_english(entry.remedy)))


def _print_options(entry: About) -> None:
    from embedmark.report.text.console import print_table

    click.secho(entry.plugin.name, bold=True, nl=False)
    kind, ready = entry.kind or _("unknown kind"), _("ready: {ready}", ready=_ready(entry))
    click.echo(f"  {kind}, {_distribution(entry)}, {ready}")
    if entry.summary:
        click.echo(f"  {entry.summary}")
    if entry.options:
        rows = [[option.name, option.type, option.default, option.help] for option in entry.options]
        print_table([_("option"), _("type"), _("default"), _("help")], rows)
    else:
        none = _("no options")  # not in the f-string: before Python 3.12, Babel finds no message there
        click.echo(f"  {none}" if entry.problem is None or entry.kind else "")
    click.echo()


def _distribution(entry: About) -> str:
    return f"{entry.plugin.distribution} {entry.plugin.version}"


def _ready(entry: About) -> str:
    if entry.problem is None:
        return _("yes")
    problem = _("no: {problem}", problem=from_english(entry.problem))
    return f"{problem}; {from_english(entry.remedy)}" if entry.remedy else problem
