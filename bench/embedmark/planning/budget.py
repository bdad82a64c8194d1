"""The budget of a run, and the question that is asked before anything expensive is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from embedmark.calls.budget import Budget
from embedmark.errors import UsageError
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider

# A run that could bill more than this, and has no limit in USD, must be confirmed.
ASK_ABOVE_USD = 1.0


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What a run may use at most; None is no such limit.

    Attributes:
        yes: True allows a run that could bill more than 1 USD and has no limit in USD.
    """

    max_usd: float | None = None
    max_requests: int | None = None
    max_seconds: float | None = None
    yes: bool = False

    @classmethod
    def of(cls, given: RunLimits | Mapping[str, Any] | None) -> RunLimits:
        """Return `given` as limits. Raises UsageError for a key that is not a limit, and for a negative one."""
        if isinstance(given, RunLimits):
            return given
        known = [field.name for field in fields(cls)]
        for key, value in (given or {}).items():
            if key not in known:
                raise UsageError(f"budget has the key {key!r}", hint=f"one or more of: {', '.join(known)}")
            if value is not None and not (isinstance(value, int | float) and value >= 0):
                raise UsageError(f"budget: {key} is {value!r}", hint="budget={'max_usd': 1.0}")
        return cls(**(given or {}))


def usd_bound(plan: Plan) -> float | None:
    """Return what the whole plan bills at most, without retries; None if nothing in it has a price per token."""
    bounds = [bound for planned in plan.providers if (bound := plan.usd_bound(planned)) is not None]
    return sum(bounds) if bounds else None


def unpriced_names(plan: Plan) -> str:
    """Return the providers that may bill and have no known price, separated by commas; "" if there are none."""
    return ", ".join(planned.name for planned in _unpriced(plan))


def _unpriced(plan: Plan) -> list[PlannedProvider]:
    return [planned for planned in plan.providers if planned.unpriced and plan.needs(planned.name)]


def make_budget(plan: Plan, limits: RunLimits) -> Budget:
    """Return the budget, begun now.

    Raises UsageError if max_usd cannot be enforced, and if the run could be expensive and is not confirmed.
    """
    bound = usd_bound(plan)
    if limits.max_usd is not None and (unpriced := _unpriced(plan)):
        first = unpriced[0]
        raise UsageError(
            f"--max-usd {limits.max_usd:g} cannot be enforced: no price per token is known for {unpriced_names(plan)}",
            where="measure.cost.prices",
            hint=f"prices: {{{first.name}: {{{first.price_unit}: ...}}}}, 0 where nothing is billed; "
            "or --max-requests N in place of --max-usd",
        )
    strangers = [planned for planned in plan.providers if planned.may_bill]
    if strangers and limits.max_requests is None and not limits.yes:
        first = strangers[0]
        raise UsageError(
            f"no price known for {', '.join(planned.name for planned in strangers)}: {first.info.served_by} may bill, "
            "and no limit is set",
            where="measure.cost.prices",
            hint=f"--max-requests N to stop there, --yes to go on without, or prices: {{{first.name}: "
            f"{{{first.price_unit}: ...}}}}, 0 where nothing is billed (in Python: budget={{'max_requests': N}})",
        )
    if bound is not None and bound > ASK_ABOVE_USD and limits.max_usd is None and not limits.yes:
        raise UsageError(
            f"this run could bill up to {_rounded(bound)}, and has no --max-usd",
            hint=f"--max-usd {ASK_ABOVE_USD:g} to stop there, or --yes to go on without one; see `embedmark plan` "
            f"(in Python: budget={{'max_usd': {ASK_ABOVE_USD:g}}}, or budget={{'yes': True}})",
        )
    return Budget(max_usd=limits.max_usd, max_requests=limits.max_requests, max_seconds=limits.max_seconds)


def _rounded(usd: float) -> str:
    return f"${float(f'{usd:.2g}'):,g}"
