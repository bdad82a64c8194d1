"""`embedmark providers check NAME --faults` and `--against OTHER`: network providers against faults, and two routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from embedmark.cli.options import parse_options
from embedmark.cli.spoken import say
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from embedmark.api import Provider
    from embedmark.testing.server.matrix import Outcome

_OPTIONS = (
    click.option("--faults", is_flag=True, help="Try every fault of a misbehaving server on a network provider."),
    click.option("--against", metavar="NAME|FILE.py:CLASS", help="Compare with the same model by another route."),
    click.option("--against-model", metavar="MODEL", help="The model on the other route; default: the same."),
    click.option("--against-option", "against_options", multiple=True, metavar="KEY=VALUE",
                 help="An option of the other route."),
    click.option("--drift", "most_drift", type=click.FloatRange(min=0), default=1e-5, show_default=True,
                 help="Largest 1 - cosine at which two routes agree."),
)  # fmt: skip


def route_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command faults, against, against_model, against_options and most_drift."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_routes(
    use: str, model: str | None, options: Mapping[str, Any], *,
    faults: bool, against: str | None, against_model: str | None, against_options: Sequence[str], most_drift: float,
) -> int | None:  # fmt: skip
    """Run the checks that these options ask for; return the exit code, or None if they ask for none."""
    code = None
    if faults:
        code = print_faults(use, model, options)
    if against is not None:
        other = (against, against_model or model, parse_options(against_options))
        code = max(code or 0, print_drift((use, model, options), other, most_drift))
    return code


def print_faults(use: str, model: str | None, options: Mapping[str, Any]) -> int:
    """Print the fault matrix of a provider that has an option `base_url`; 1 if it fails any of it."""
    from pathlib import Path

    from embedmark.plugins.registry import create, load_class
    from embedmark.plugins.shape import parameters
    from embedmark.report.text.console import print_table
    from embedmark.testing.server.matrix import DEADLINE_S, DIM, check_faults

    known = parameters(load_class(use, folder=Path.cwd()))
    ours = {"dimensions": DIM, "deadline_s": DEADLINE_S}

    def make(url: str) -> Provider:
        wanted = {key: value for key, value in ours.items() if key in known}
        return create(use, model=model or "misbehaving", options={**wanted, **options, "base_url": url})

    rows, good = [], 0
    for outcome in check_faults(make):
        good += not outcome.problems
        rows.append(_row(outcome))
    print_table(["", _("fault"), _("the server"), _("became"), "s"], rows)
    say(f"{good} of {len(rows)} faults handled")
    return 0 if good == len(rows) else 1


def _row(outcome: Outcome) -> list[str]:
    became = outcome.seen + ("" if not outcome.problems else f" ({'; '.join(outcome.problems)})")
    word = "FAIL" if outcome.problems else "pass"
    return [word, outcome.fault.name, outcome.fault.about, became, f"{outcome.seconds:.2f}"]


def print_drift(
    one: tuple[str, str | None, Mapping[str, Any]], other: tuple[str, str | None, Mapping[str, Any]], most: float
) -> int:
    """Print the largest cosine drift between two routes to one model; 1 if it is above `most`."""
    from embedmark.plugins.registry import create
    from embedmark.testing.routes import TEXTS, cosine_drift

    providers = [create(use, model=model, options=options) for use, model, options in (one, other)]
    found = cosine_drift(providers[0], providers[1])
    names = [f"{provider.info.plugin} {provider.info.model}" for provider in providers]
    say(f"{names[0]}  against  {names[1]}: {len(TEXTS)} texts, {found.dim} dimensions")
    say(f"largest cosine drift {found.largest:.1e} (median {found.median:.1e}), at {found.text[:40]!r}")
    agree = found.largest <= most
    say(f"they {'agree' if agree else 'DISAGREE'} within {most:g}")
    return 0 if agree else 1
