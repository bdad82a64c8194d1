"""`embedmark datasets check FILE|NAME`: whether a suite can use a file of pairs, and what in it may surprise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embedmark.cli import complete
from embedmark.cli.columns import parse_columns
from embedmark.cli.datasets_search import check_search, is_search, tokens_lines
from embedmark.cli.options import parse_options, spoken_option
from embedmark.cli.spoken import labeled, prose, say
from embedmark.language import from_english, translatable
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from embedmark.datasets import Checked
    from embedmark.suite import FileDataset

_OWN = ("format", "quoting", "encoding", "name")  # keys of an entry with an option of their own


@click.command("check")
@click.argument("target", metavar="FILE|NAME", shell_complete=complete.data)
@click.option(
    "--columns", metavar="A,B,SCORE",
    help="The two texts and the score: names, or numbers without a header. Or NAME=COLUMN, as in `embedmark run`.",
)  # fmt: skip
@click.option(
    "--format",
    "form",
    type=click.Choice(["tsv", "csv", "jsonl", "json", "parquet", "arrow", "excel"]),
    help="Default: by the file's ending.",
)
@click.option(
    "--quoting",
    type=click.Choice(["none", "minimal", "spaced", "single", "curly"]),
    help="Default: none for TSV, minimal for CSV.",
)
@click.option("--encoding", metavar="NAME", help="Default: utf-8.")
@click.option("--option", "more", multiple=True, metavar="KEY=VALUE", help="Another key of the entry, as YAML.")
@click.option("--suite", type=click.Path(path_type=Path), help="A suite whose providers are loaded to count tokens.")
@click.option("--name", "label", metavar="LABEL", help="The label in every table. Default: the file's stem.")
@spoken_option
def check(
    target: str,
    columns: str | None,
    form: str | None,
    quoting: str | None,
    encoding: str | None,
    more: tuple[str, ...],
    suite: Path | None,
    label: str | None,
) -> int:
    """Read a data file as a run would, and print its entry for a suite.

    The options are the keys of that entry; --columns takes its mapping as well: '{sentence1: a, score: gold}'. A NAME
    of the catalog is checked if it has been pulled. If a file cannot be used, the exit code is 2 and the message names
    the line.
    """
    from embedmark.suite.entry_options import typed_as_options

    given = {"format": form, "quoting": quoting, "encoding": encoding, "name": label}
    options: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    options |= parse_options(more)
    if columns is not None:
        options["columns"] = parse_columns(columns)
    with typed_as_options("embedmark datasets check", _OWN) as typed:
        if is_search(target, options):
            return check_search(target, options, suite, typed)
        return _check_pairs(target, options, suite, typed)


def _check_pairs(target: str, options: dict[str, Any], suite: Path | None, typed: Callable[[str], str]) -> int:
    from embedmark.datasets import catalogue, check_entry, check_named

    is_name = target in {entry.name for entry in catalogue()} or not Path(target).suffix
    if is_name and not Path(target).is_file() and not options:
        found = check_named(target)
        _print(target, found, target, tokens_lines(suite, found.sample), typed)
        return 0
    spec = _spec({"path": target, **options})
    found = check_entry(spec.model_dump())
    entry = spec.model_dump(exclude_unset=True)
    _print(target, found, entry, tokens_lines(suite, found.sample), typed)
    return 0


def _spec(entry: dict[str, Any]) -> FileDataset:
    """Return the entry, checked as a suite's is. Raises SuiteError."""
    from pydantic import ValidationError

    from embedmark.suite import FileDataset
    from embedmark.suite.explain import explain

    try:
        return FileDataset.model_validate(entry)
    except ValidationError as error:
        raise explain(error, FileDataset, path=Path(entry["path"]), places={}) from None


def _print(
    target: str, found: Checked, entry: str | dict[str, Any], tokens: list[str], typed: Callable[[str], str]
) -> None:
    import yaml

    layout = found.layout
    how = [layout.format, f"quoting {layout.quoting}" if layout.is_table else "", layout.encoding]
    used = ", ".join(map(str, layout.columns.all))
    there = f"{found.columns}, no header line" if isinstance(found.columns, int) else ", ".join(map(str, found.columns))
    say(f"{target}: can be used ({', '.join(filter(None, how))})")
    of_rows = "" if found.rows == found.pairs else f" of {found.rows:,} rows"
    outlook = found.outlook
    labeled(_("pairs"), translatable(f"{found.pairs:,}{of_rows}"))
    labeled(_("columns"), translatable(f"{there}; used: {used}"))
    scores = _("{low:g} to {high:g}", low=found.score_low, high=found.score_high)
    labeled(_("scores"), translatable(f"{scores}, {found.scores:,} different"))
    labeled(_("gold"), outlook.gold)
    labeled(_("texts"), translatable(f"{found.texts:,} different, {outlook.lengths}"))
    labeled(_("letters"), ", ".join(from_english(part) for part in outlook.languages.split(", ")))
    labeled(_("shared"), outlook.shared)
    labeled(_("power"), outlook.resolution)
    for line in tokens:
        labeled(_("tokens"), line)
    labeled("sha256", found.sha256)
    for finding in found.findings:
        prose(_("  note: {text}", text=typed(from_english(finding))))
    # One flow sequence of one entry, whose brackets are the list's.
    written = yaml.safe_dump([entry], default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000)
    where = "" if isinstance(entry, str) else ", its path relative to the suite file"
    say(f"The entry for a suite{where}:")
    say(f"  - {written.strip()[1:-1]}")
