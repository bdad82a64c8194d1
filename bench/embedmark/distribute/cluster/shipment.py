"""The timed part of a plan, sent to a node; and what comes back from there while it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from embedmark.distribute.cluster.recipe import ShippedRecipe, recipe_of
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.store.cells import CsvRow
from embedmark.store.manifest.model import Manifest
from embedmark.store.table import AnyRow
from embedmark.store.write import RunDirectory

# An event is its kind, and what belongs to it: rows of a raw file, the manifest, what is running, the end.
Event = tuple[str, Any]
Send = Callable[[Event], None]
# Parts of the manifest that measuring changes.
LIVE: Final = ("providers", "tokens", "warnings", "ends", "done", "host", "index")


@dataclass(frozen=True, eq=False, slots=True)
class Shipment:
    """All that a node needs to measure the timed jobs of a plan.

    Attributes:
        plan: with these jobs only, and providers that are not constructed.
        recipes: how to construct each provider, by name.
        manifest: of the run so far, of JSON types.
        left_s: seconds that the budget still has.
    """

    plan: Plan
    recipes: Mapping[str, ShippedRecipe]
    manifest: Mapping[str, Any]
    left_s: float | None

    def unpacked(self) -> Plan:
        """Return the plan with its providers constructed on this machine. Raises UsageError."""
        made = tuple(self._made(planned) for planned in self.plan.providers)
        return replace(self.plan, providers=made)

    def _made(self, planned: PlannedProvider) -> PlannedProvider:
        recipe = self.recipes[planned.name]
        use = recipe.use_here(Path(recipe.folder))
        spec = planned.spec.model_copy(update={"use": use})
        return replace(planned, spec=spec, provider=recipe.make())


def pack_shipment(plan: Plan, labels: set[str], manifest: Manifest, left_s: float | None) -> Shipment:
    """Return the jobs with these labels, with what they need."""
    jobs = tuple(job for job in plan.jobs if job.label in labels)
    names = {name for job in jobs for name in (job.provider, job.first)}
    chosen = [planned for planned in plan.providers if planned.name in names]
    recipes = {planned.name: recipe_of(planned, plan.folder, plan.suite.threads) for planned in chosen}
    stripped: Any = [replace(planned, provider=None) for planned in chosen]  # type: ignore[arg-type]
    sent = replace(plan, jobs=jobs, providers=tuple(stripped), notices=(), files={})
    return Shipment(plan=sent, recipes=recipes, manifest=manifest.to_json(), left_s=left_s)


class ForwardedRun(RunDirectory):
    """A run directory on another machine: rows and the manifest are sent there, and nothing is written here."""

    def __init__(self, manifest: Manifest, send: Send) -> None:
        self.folder = Path()
        self.manifest = manifest
        self._send = send

    def append(self, name: str, rows: Iterable[AnyRow]) -> None:
        """Send rows of a raw file."""
        self._send(("rows", (name, [row.cells() if isinstance(row, CsvRow) else dict(row) for row in rows])))

    def sync(self) -> None:
        """Do nothing: who writes the rows waits for the disk."""

    def save_manifest(self) -> None:
        """Send what may have changed of the manifest."""
        self._send(("manifest", self.manifest.to_json(LIVE)))


class ForwardedProgress:
    """Progress that is told on another machine."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None:
        self._send(("at", what))

    def advance(self, jobs: int) -> None:
        self._send(("advance", jobs))

    def end(self) -> None: ...
