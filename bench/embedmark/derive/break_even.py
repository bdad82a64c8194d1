"""From how many items an hour a machine of one's own is cheaper than a provider that bills by the token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embedmark.derive.throughput import best_batch
from embedmark.derive.view import Table


@dataclass(frozen=True, slots=True)
class BreakEven:
    """One billed provider against one on hardware that is paid by the hour, on one dataset.

    Attributes:
        usd_per_hour: of the hardware.
        items_per_hour: at which both cost the same, if the hardware is paid for whether it works or not.
        capacity_per_hour: what the hardware does at its best measured batch size; below items_per_hour it is never
            the cheaper one.
    """

    billed: str
    local: str
    dataset: str
    unit: str
    usd_per_hour: float
    items_per_hour: float
    capacity_per_hour: float

    @property
    def message(self) -> str:
        """In one or two sentences."""
        begin = f"Break-even on {self.dataset}: {self.local}'s machine, at ${self.usd_per_hour:.2f} an hour, pays from "
        end = f"{_round(self.items_per_hour)} {self.unit}s an hour on against {self.billed}"
        if self.capacity_per_hour < self.items_per_hour:
            return f"{begin}{end}, and does {_round(self.capacity_per_hour)}: {self.billed} is cheaper at any volume."
        return f"{begin}{end}; it does {_round(self.capacity_per_hour)}."


def break_even(tables: Mapping[str, Table]) -> list[BreakEven]:
    """All pairs of a billed provider and one on hardware, from cost.csv and throughput.csv, in suite order."""
    costs, found = tables["cost.csv"], []
    for billed in costs:
        for local in costs:
            if billed["basis"] == "hardware" or local["basis"] != "hardware" or billed["dataset"] != local["dataset"]:
                continue
            best = best_batch(tables["throughput.csv"], str(local["provider"]), str(local["dataset"]))
            per_s = best["items_per_s"] if best else None
            api, own = billed["usd_per_1k_items"], local["usd_per_1k_items"]
            if not all(isinstance(v, float) and v > 0 for v in (per_s, api, own)) or billed["unit"] != local["unit"]:
                continue
            capacity = float(per_s or 0) * 3600
            per_hour = float(own or 0) / 1000 * capacity
            found.append(
                BreakEven(
                    str(billed["provider"]), str(local["provider"]), str(local["dataset"]), str(local["unit"]),
                    per_hour, per_hour / (float(api or 0) / 1000), capacity,
                )
            )  # fmt: skip
    return found


def _round(count: float) -> str:
    return f"{float(f'{count:.2g}'):,.0f}"
