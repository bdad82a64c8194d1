"""`embedmark init`: a suite for your own data, without writing YAML."""

from __future__ import annotations

from pathlib import Path

import click

from embedmark.cli.options import spoken_option
from embedmark.cli.output import kept_in
from embedmark.cli.quick import Quick, quick_options
from embedmark.cli.spoken import say, tell
from embedmark.language import gettext as _

_DATA = (".csv", ".tsv", ".jsonl", ".xlsx", ".parquet", ".json")
_MOST_FILES = 8


@click.command("init")
@quick_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("suite.yaml"),
    show_default=True,
    help="The suite file to write.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@spoken_option
def command(quick: Quick, out: Path, force: bool) -> int:  # fmt: skip
    """Write a commented suite that measures models on a data file.

    The file is read to find its columns. Asks for data and models unless options name them. Loads no model and sends
    nothing.
    """
    from embedmark.errors import UsageError
    from embedmark.files import write_atomically
    from embedmark.planning.starter import starter_suite

    if out.exists() and not force:
        raise UsageError("this file already exists", where=str(out), hint="--force overwrites it, or: --out OTHER")
    data = quick.data or _asked(_("Your data: a file, or a name of `embedmark datasets list`"), _nearby())
    models = quick.models or tuple(_asked(_("Models, separated by spaces ([NAME=]USE[:MODEL])"), "lexical").split())
    plan = quick.plan_of(data, models, None, say=tell)
    write_atomically(out, starter_suite(plan, out).encode("utf-8"))
    kept_in(out)
    click.echo(str(out))
    say(f"next: embedmark run {out}", err=True)
    return 0


def _asked(question: str, default: str | None) -> str:
    """Return an answer from the terminal. Raises UsageError if there is no answer."""
    from embedmark.errors import UsageError

    try:
        return str(click.prompt(question, default=default, err=True)).strip()
    except click.Abort:
        raise UsageError(
            "no answer was given", hint="embedmark init --data pairs.csv --model lexical asks nothing"
        ) from None


def _nearby() -> str | None:
    """Return the data file of this folder, if there is just one; name them if there are more."""
    found = sorted(path.name for path in Path().iterdir() if path.suffix.lower() in _DATA and path.is_file())
    if len(found) > 1:
        say(f"in this folder: {', '.join(found[:_MOST_FILES])}", err=True)
    return found[0] if len(found) == 1 else None
