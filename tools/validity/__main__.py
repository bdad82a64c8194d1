"""`python -m tools.validity [EXPERIMENT...]`: run experiments, print what they found, keep it in validity.csv."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from embedmark.errors import EmbedmarkError
from embedmark.machine.describe import usable_cores
from tools.validity import experiments
from tools.validity.outcome import Outcome, merge

OUT: Final = Path("results/reference/validity.csv")


@click.command()
@click.argument("names", nargs=-1, metavar="[EXPERIMENT]...")
@click.option("--experiments", "n", default=1000, show_default=True, type=click.IntRange(min=20), metavar="N",
              help="Simulated experiments for each figure.")  # fmt: skip
@click.option("--workers", default=usable_cores, show_default="cores of this machine", type=click.IntRange(min=1),
              metavar="N", help="Processes for experiments that read no clock; others follow alone.")  # fmt: skip
@click.option("--out", default=OUT, show_default=True, type=click.Path(dir_okay=False, path_type=Path),
              help="Rows of the experiments that run are replaced in this file; others stay.")  # fmt: skip
def main(names: Sequence[str], n: int, workers: int, out: Path) -> None:
    """Hold embedmark's own statistics against known truth; default: all experiments.

    Exit code 1 if a promise is missed. `busy` and `overhead` read the real clock: run them on a quiet machine.
    """
    known = experiments.known()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"no experiment is called {unknown[0]!r}; one of: {', '.join(known)}")
    found: list[Outcome] = []
    start = time.monotonic()
    try:
        for outcomes in experiments.run(list(names or known), n, workers):
            found += outcomes
            # After each one: an experiment on the real clock may be interrupted, and the others were minutes of work.
            merge(out, found, list(known))
    except EmbedmarkError as error:
        raise click.ClickException(f"{error.message}" + (f"\n  {error.hint}" if error.hint else "")) from None
    order = list(known)
    found.sort(key=lambda outcome: order.index(outcome.experiment))
    _show(found)
    click.echo(f"\n{out}: {len(found)} rows in {(time.monotonic() - start) / 60:.1f} minutes")
    sys.exit(0 if all(outcome.kept for outcome in found) else 1)


def _show(outcomes: Sequence[Outcome]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (("verdict", "left"), ("found", "right"), ("wanted", "right"), ("n", "right")):
        table.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("what", overflow="fold")
    for outcome in outcomes:
        style = "green" if outcome.kept else "bold red"
        what = f"{outcome.experiment}: {outcome.case}: {outcome.measures}"
        table.add_row(f"[{style}]{outcome.verdict}[/]", number(outcome, outcome.found), wanted(outcome),
                      f"{outcome.n:,}", what)  # fmt: skip
    Console().print(table)


def wanted(outcome: Outcome) -> str:
    """The promise in words: `93 % to 97 %`, `at most 7 %`."""
    low, high = outcome.low, outcome.high
    if low is not None and high is not None:
        return f"{number(outcome, low)} to {number(outcome, high)}"
    if high is not None:
        return f"at most {number(outcome, high)}"
    return "" if low is None else f"at least {number(outcome, low)}"


def number(outcome: Outcome, value: float) -> str:
    """A figure in the unit of `outcome.measures`."""
    if math.isnan(value):
        return "undefined"
    if outcome.measures == "microseconds":
        return f"{value:.1f}"
    percent = 100 * value
    return (
        f"{percent:.0f} %" if percent == round(percent) else f"{percent:.2g} %" if percent < 10 else f"{percent:.1f} %"
    )


if __name__ == "__main__":
    main()
