"""Where measured rows go: appended to the run directory at once, with the state of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from embedmark.environment import Calibration, rss_mb
from embedmark.errors import BudgetError, EmbedmarkError, StorageError
from embedmark.measure.target import Target
from embedmark.store.cells import Cell, Row
from embedmark.store.rundir import RunDirectory


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning as a value: kept in the manifest, rendered by the reports."""

    code: str
    message: str
    advice: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Recorder:
    """Appends raw rows, failures and warnings of one run."""

    def __init__(self, run: RunDirectory, calibration: Calibration) -> None:
        self.run = run
        self.calibration = calibration

    def host_state(self) -> str:
        """Read the calibration kernel now: `quiet` or `noisy`. To be called off the clock."""
        return "noisy" if self.calibration.noisy(self.calibration.read()) else "quiet"

    def samples(self, target: Target, measure: str, rows: Sequence[Mapping[str, Cell]]) -> None:
        """Append sample rows of one provider, all measured under the machine's state now."""
        common: Row = {
            "provider": target.name,
            "kind": target.planned.info.kind,
            "measure": measure,
            "unit": target.planned.unit,
            "rss_mb": round(rss_mb(), 1),
            "host_state": self.host_state(),
            "status": "ok",
        }
        self.run.append("samples.csv", [{**common, **row} for row in rows])

    def scores(self, rows: Sequence[Mapping[str, Cell]]) -> None:
        self.run.append("scores.csv", rows)

    def failure(self, target: Target, measure: str, dataset: str, phase: str, error: BaseException) -> None:
        """Record that a provider failed; the run goes on with the others."""
        message = one_line(error)
        target.failed = message
        row: Row = {
            "provider": target.name,
            "dataset": dataset,
            "measure": measure,
            "phase": phase,
            "error_type": type(error).__name__,
            "message": message,
            "retries": 0,
        }
        self.run.append("failures.csv", [row])
        self.provider(target.name, status="failed", error=message)

    @contextmanager
    def guard(self, target: Target, measure: str, dataset: str, phase: str = "timed") -> Iterator[None]:
        """Turn what a provider raises into a failure row. What stops the run as a whole passes through."""
        try:
            yield
        except (StorageError, BudgetError):
            raise
        except Exception as error:  # noqa: BLE001 - a provider is somebody else's code and may raise anything
            self.failure(target, measure, dataset, phase, error)

    def provider(self, name: str, **facts: Any) -> None:
        """Add facts to a provider's entry in the manifest."""
        entry = next(entry for entry in self.run.manifest["providers"] if entry["name"] == name)
        entry.update(facts)
        self.run.save_manifest()

    def warn(self, notice: Notice) -> None:
        """Keep a warning in the manifest."""
        self.run.manifest["warnings"].append(asdict(notice))
        self.run.save_manifest()


def one_line(error: BaseException) -> str:
    """What an exception says, in one line of at most 500 characters."""
    if isinstance(error, EmbedmarkError):
        text = error.message + (f" ({error.hint})" if error.hint else "")
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    text = " ".join(text.split())
    return text if len(text) <= 500 else text[:497] + "..."
