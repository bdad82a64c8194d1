"""`embedmark verify RUN`."""

from __future__ import annotations

import itertools
from pathlib import Path

import click

_AGREE = "raw rows and derived tables agree"
_SEALED = "the raw rows are as measured"
_SHOWN = 20  # findings a file


@click.command("verify")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> int:
    """Check that the raw rows are as measured, and that every derived cell follows from them."""
    from embedmark import pipeline
    from embedmark.version import __version__

    verified = pipeline.verify(run)
    for name, group in itertools.groupby(verified.findings, key=lambda finding: finding.partition(":")[0]):
        of_file = list(group)
        for finding in of_file[:_SHOWN]:
            click.echo(finding)
        if len(of_file) > _SHOWN:
            click.echo(f"{name}: and {len(of_file) - _SHOWN} more")
    if not verified.sealed:
        checked = "nothing could be checked" if verified.derived_by else "only derived cells could be checked"
        click.echo(f"note: this run was killed before its raw rows were sealed; {checked}")
    if verified.derived_by:
        click.echo(f"note: embedmark {verified.derived_by} derived these tables, and this is {__version__}: only the "
                   f"raw rows were checked; `embedmark report {run}` derives the tables anew")  # fmt: skip
    if verified:
        click.echo(f"{run}: {_AGREE if not verified.derived_by else _SEALED}")
    return 0 if verified else 1
