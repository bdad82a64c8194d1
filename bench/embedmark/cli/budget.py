"""The options of a run's budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--max-usd", type=click.FloatRange(min=0), metavar="X", help="Stop before more than X USD are billed."
    ),
    click.option("--max-requests", type=click.IntRange(min=0), metavar="N", help="Stop after N requests."),
    click.option("--max-seconds", type=click.FloatRange(min=0), metavar="S", help="Stop after S seconds."),
    click.option("--yes", is_flag=True, help="Run even if it could bill more than 1 USD without --max-usd."),
)


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command max_usd, max_requests, max_seconds and yes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
