"""A provider under test while a run is going on."""

from __future__ import annotations

from embedmark.calls.caller import Caller
from embedmark.plan import PlannedProvider


class Target:
    """One provider of the plan with its caller, and whether it has failed."""

    def __init__(self, planned: PlannedProvider) -> None:
        self.planned = planned
        self.caller = Caller(planned.provider)
        self.failed: str | None = None

    @property
    def name(self) -> str:
        return self.planned.name
