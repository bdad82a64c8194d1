"""One run from its first row to its seal, whatever ends it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedmark.api.secrets import scrub
from embedmark.calls.budget import Budget
from embedmark.errors import BudgetError, NotQuietError
from embedmark.files import vectors_dir
from embedmark.machine.pace import keep_pace
from embedmark.machine.process import perf_counter_ns
from embedmark.machine.watch import HostWatch, wait_until_quiet
from embedmark.measure.ending import Ending
from embedmark.measure.manifest import finish, new_manifest
from embedmark.measure.memory import Memory
from embedmark.measure.progress import NoProgress, Progress
from embedmark.measure.resume import reopen
from embedmark.measure.runner import Runner
from embedmark.measure.texts import keep_texts
from embedmark.planning.jobs import Plan
from embedmark.store.journal import Journal
from embedmark.store.vectors import VectorCache
from embedmark.store.write import RESULTS, RunDirectory, free_folder, run_id

_QUIET_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Session:
    """What a run is measured with.

    Attributes:
        progress: None tells nobody.
        known_ns: the calibration kernel's typical time in earlier runs on this machine, by threads.
        say: told how the run ended, if it did not end by itself.
        make_runner: makes the runner: of this machine, or of a cluster.
    """

    plan: Plan
    budget: Budget
    progress: Progress | None
    known_ns: Mapping[int, int]
    say: Callable[[str], None]
    use_cache: bool = True
    make_runner: Callable[..., Runner] = Runner

    def resume(self, folder: Path) -> tuple[Path, str]:
        """Measure what is left of a run, and seal it. As measure()."""
        run, memory = reopen(folder, self.plan, self._cache())
        memory.has_blocks = self.plan.has_blocks
        with run:
            return folder, self._measure(run, memory)

    def measure(self, out: str | Path | None) -> tuple[Path, str]:
        """Measure into a new folder and seal it. Return the folder, and how the run ended.

        Args:
            out: the folder; default: results/NAME-DATE-TIME in the current folder.

        Returns:
            The folder; `complete`, `failed`, `interrupted`, `hangup` or `budget`.
        """
        started = datetime.now(UTC)
        name = run_id(self.plan.suite.name, started.isoformat())
        folder = free_folder(RESULTS, name) if out is None else Path(out)
        with RunDirectory(folder, new_manifest(self.plan, folder.resolve().name, started)) as run:
            for file, data in self.plan.files.items():
                run.keep(file, data)
            keep_texts(run, self.plan)
            journal = Journal(folder)
            journal.note("folder", str(self.plan.folder.resolve()))
            memory = Memory(journal=journal, cache=self._cache(), has_blocks=self.plan.has_blocks)
            return folder, self._measure(run, memory)

    def _measure(self, run: RunDirectory, memory: Memory) -> str:
        progress = self.progress or NoProgress()
        runner = self.make_runner(
            self.plan, run, progress, budget=self.budget, memory=memory,
            watch=HostWatch(perf_counter_ns, self.known_ns),
        )  # fmt: skip
        ending = Ending()
        status = "failed"
        try:
            with ending.signals(self.budget):
                status = "complete" if runner.run() else "failed"
        except KeyboardInterrupt:
            status = ending.status
            self.say(ending.words(run.folder, self.budget))
        except BudgetError as error:
            status = "budget"
            self.say(scrub(str(error)))
            self.say(f"go on with: embedmark run --resume {run.folder}")
        finally:
            # A closed terminal is an interrupt to whoever reads the run.
            finish(run.manifest, "interrupted" if status == "hangup" else status)
            run.seal()
            memory.close(complete=status == "complete")
        if status == "failed":
            self.say(f"once the cause is fixed, continue with: embedmark run --resume {run.folder}")
        keep_pace(runner.recorder.watch.calibration.held_ns)
        return status

    def _cache(self) -> VectorCache | None:
        if not self.use_cache or self.plan.has_blocks:
            return None
        try:
            return VectorCache(vectors_dir())
        except sqlite3.Error as error:
            self.say(f"note: the vector cache cannot be used ({error}); embedmark cache info says where it is")
            return None


def wait_quiet(known_ns: Mapping[int, int], say: Callable[[str], None]) -> None:
    """Wait until the machine is quiet. Raises NotQuietError after two minutes."""
    reason = wait_until_quiet(_QUIET_SECONDS, say, known_ns=known_ns)
    if reason is not None:
        raise NotQuietError(
            f"the machine did not become quiet within {_QUIET_SECONDS} s: {reason}",
            hint="stop other work, or run without --require-quiet: noisy rows are marked",
        )
