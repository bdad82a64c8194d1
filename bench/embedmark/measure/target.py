"""A provider under test while a run is going on."""

from __future__ import annotations

from embedmark.calls.budget import Budget
from embedmark.calls.caller import Caller
from embedmark.plan import PlannedProvider


class Target:
    """One provider of the plan with its caller, and whether it has failed."""

    def __init__(self, planned: PlannedProvider, budget: Budget | None = None) -> None:
        self.planned = planned
        price = planned.price.usd_per_1m_tokens if planned.price else None
        self.caller = Caller(planned.provider, budget=budget, usd_per_1m_tokens=price)
        self.failed: str | None = None
        self.billed: dict[str, int] = {}  # tokens of the accuracy pass, by dataset, where the server says them

    @property
    def name(self) -> str:
        return self.planned.name
