"""One run from its first row to its seal, whatever ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedmark.api.secrets import scrub
from embedmark.calls.budget import Budget
from embedmark.errors import BudgetError, NotQuietError
from embedmark.machine.pace import keep_pace
from embedmark.machine.watch import wait_until_quiet
from embedmark.measure.manifest import finish, new_manifest
from embedmark.measure.runner import Progress, Runner
from embedmark.planning.jobs import Plan
from embedmark.store.write import RESULTS, RunDirectory, free_folder, run_id

_QUIET_SECONDS = 120


class NoProgress:
    """Progress that nobody is told."""

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Session:
    """What a run is measured with.

    Attributes:
        progress: None tells nobody.
        known_ns: the calibration kernel's typical time in earlier runs on this machine, by threads.
        say: told how the run ended, if it did not end by itself.
    """

    plan: Plan
    budget: Budget
    progress: Progress | None
    known_ns: Mapping[int, int]
    say: Callable[[str], None]

    def measure(self, out: str | Path | None) -> tuple[Path, str]:
        """Measure into a new folder and seal it. Return the folder, and how the run ended.

        Args:
            out: the folder; default: results/NAME-DATE-TIME in the current folder.

        Returns:
            The folder; `complete`, `failed`, `interrupted` or `budget`.
        """
        started = datetime.now(UTC)
        name = run_id(self.plan.suite.name, started.isoformat())
        folder = free_folder(RESULTS, name) if out is None else Path(out)
        with RunDirectory(folder, new_manifest(self.plan, folder.resolve().name, started)) as run:
            for file, data in self.plan.files.items():
                run.keep(file, data)
            return folder, self._measure(run)

    def _measure(self, run: RunDirectory) -> str:
        runner = Runner(self.plan, run, self.progress or NoProgress(), budget=self.budget, known_ns=self.known_ns)
        status = "failed"
        try:
            with _terminable():
                status = "complete" if runner.run() else "failed"
        except KeyboardInterrupt:
            status = "interrupted"
            self.say("interrupted: what was measured so far is kept")
        except BudgetError as error:
            status = "budget"
            self.say(scrub(str(error)))
        finally:
            finish(run.manifest, status)
            run.seal()
        keep_pace(runner.recorder.watch.calibration.held_ns)
        return status


def wait_quiet(known_ns: Mapping[int, int], say: Callable[[str], None]) -> None:
    """Wait until the machine is quiet. Raises NotQuietError after two minutes."""
    reason = wait_until_quiet(_QUIET_SECONDS, say, known_ns=known_ns)
    if reason is not None:
        raise NotQuietError(
            f"the machine did not become quiet within {_QUIET_SECONDS} s: {reason}",
            hint="stop what else runs, or run without --require-quiet: noisy rows are marked",
        )


@contextmanager
def _terminable() -> Iterator[None]:
    """Within, SIGTERM is taken as Ctrl-C. Only the main thread can do that; elsewhere SIGTERM does what it did."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(*_: object) -> None:
    """Go on as after Ctrl-C: asyncio turns that signal into a cancellation, so that calls under way are recorded.

    An exception raised here would leave the event loop in its middle.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a background job of a script: Ctrl-C is not for it
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
