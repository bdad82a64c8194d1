"""The budget of a run: its options, and the question that is asked before anything dear is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from embedmark.calls.budget import Budget
    from embedmark.planning.jobs import Plan

# A run that could bill more than this, and has no --max-usd, wants to be meant.
ASK_ABOVE_USD = 1.0

_OPTIONS = (
    click.option(
        "--max-usd", type=click.FloatRange(min=0), metavar="X", help="Stop before more than X USD are billed."
    ),
    click.option("--max-requests", type=click.IntRange(min=0), metavar="N", help="Stop after N requests."),
    click.option("--max-seconds", type=click.FloatRange(min=0), metavar="S", help="Stop after S seconds."),
    click.option("--yes", is_flag=True, help="Run even if it could bill more than 1 USD and has no --max-usd."),
)


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command max_usd, max_requests, max_seconds and yes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def usd_bound(plan: Plan) -> float | None:
    """What the whole plan bills at most, retries apart; None where nothing in it has a price per token."""
    bounds = [bound for planned in plan.providers if (bound := plan.usd_bound(planned)) is not None]
    return sum(bounds) if bounds else None


def unpriced_names(plan: Plan) -> str:
    """The providers of the plan that may bill at a price that nobody knows; "" where there are none."""
    return ", ".join(planned.name for planned in plan.providers if planned.unpriced)


def make_budget(
    plan: Plan, max_usd: float | None, max_requests: int | None, max_seconds: float | None, yes: bool
) -> Budget:
    """The budget, begun now.

    Raises UsageError where --max-usd cannot be held, and where the run could be dear and nobody has said that it may.
    """
    from embedmark.calls.budget import Budget
    from embedmark.errors import UsageError
    from embedmark.report.text.numbers import usd

    budget = Budget(max_usd=max_usd, max_requests=max_requests, max_seconds=max_seconds)
    bound = usd_bound(plan)
    if max_usd is not None and (unpriced := unpriced_names(plan)):
        raise UsageError(
            f"--max-usd {max_usd:g} cannot be held: no price per token is known for {unpriced}",
            where="measure.cost.prices",
            hint=f"prices: {{{unpriced.split(', ')[0]}: {{usd_per_1m_tokens: ...}}}}, 0 where nothing is billed; "
            "or --max-requests N in place of --max-usd",
        )
    if bound is not None and bound > ASK_ABOVE_USD and max_usd is None and not yes:
        raise UsageError(
            f"this run could bill up to {usd(bound)}, and has no --max-usd",
            hint=f"--max-usd {ASK_ABOVE_USD:g} to stop there, or --yes to go on without one; see `embedmark plan`",
        )
    return budget
