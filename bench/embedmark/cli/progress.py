"""What is running and what remains: a bar on a terminal, a line a job elsewhere. Always on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from tqdm import tqdm


class Bar:
    """A tqdm bar: done and all jobs, elapsed and remaining time, and what is running."""

    def __init__(self) -> None:
        self._bar: tqdm[Never] | None = None

    def begin(self, jobs: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=jobs,
            unit="job",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            bar_format="{n_fmt}/{total_fmt} |{bar:16}| {elapsed}<{remaining} {desc}",
        )

    def at(self, what: str) -> None:
        if self._bar is not None:
            self._bar.set_description_str(what, refresh=True)

    def advance(self, jobs: int) -> None:
        if self._bar is not None:
            self._bar.update(jobs)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()


class Lines:
    """One plain line a job, for logs."""

    def __init__(self) -> None:
        self._jobs = 0
        self._done = 0

    def begin(self, jobs: int) -> None:
        self._jobs = jobs

    def at(self, what: str) -> None:
        print(f"[{self._done + 1}/{self._jobs}] {what}", file=sys.stderr, flush=True)  # noqa: T201 - this is the progress

    def advance(self, jobs: int) -> None:
        self._done += jobs

    def end(self) -> None:
        pass


def progress() -> Bar | Lines:
    """A bar if stderr is a terminal, else lines."""
    return Bar() if sys.stderr.isatty() else Lines()
