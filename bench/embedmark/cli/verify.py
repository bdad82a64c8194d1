"""`embedmark verify RUN`."""

from __future__ import annotations

import itertools
from pathlib import Path

import click

from embedmark.cli.options import spoken_option
from embedmark.cli.spoken import say
from embedmark.language import gettext as _
from embedmark.language import translatable

_AGREE = translatable("raw rows and derived tables agree")
_SEALED = translatable("the raw rows are as measured")
_SHOWN = 20  # findings a file


@click.command("verify")
@click.argument("run", type=click.Path(path_type=Path))
@spoken_option
def command(run: Path) -> int:
    """Check that nothing in a run was edited.

    The raw rows must be as they were measured, and every table must follow from them. Exit 1 if not."""
    from embedmark import pipeline
    from embedmark.version import __version__

    verified = pipeline.verify(run)
    for name, group in itertools.groupby(verified.findings, key=lambda finding: finding.partition(":")[0]):
        of_file = list(group)
        for finding in of_file[:_SHOWN]:
            say(finding)
        if len(of_file) > _SHOWN:
            say(f"{name}: and {len(of_file) - _SHOWN} more")
    if not verified.sealed:
        checked = "nothing could be checked" if verified.derived_by else "only derived cells could be checked"
        say(f"note: this run was killed before its raw rows were sealed; {checked}")
    if verified.derived_by:
        say(f"note: embedmark {verified.derived_by} derived these tables, and this is {__version__}: only the "
                   f"raw rows were checked; `embedmark report {run}` derives the tables again")  # fmt: skip
    if verified:
        click.echo(f"{run}: {_(_SEALED if verified.derived_by else _AGREE)}")
    return 0 if verified else 1
