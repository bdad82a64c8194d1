"""Processes that keep every core busy while a file exists. Not children of whoever starts them: strangers, as in life.

Run as a program: `python hog.py FOLDER CORES` starts the processes and ends; each burns while FOLDER/go exists, and
ends when FOLDER is gone, or after ten minutes in any case.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_LONGEST_S = 600.0


class Hog:
    """Switches the processes on and off; both take effect within milliseconds."""

    def __init__(self, folder: Path) -> None:
        self._go = folder / "go"

    def on(self) -> None:
        self._go.touch()

    def off(self) -> None:
        self._go.unlink(missing_ok=True)


@contextmanager
def hogs(cores: int) -> Iterator[Hog]:
    """Start a process for each of `cores`, idle until switched on; all end with the block."""
    with TemporaryDirectory(prefix="embedmark-hog-") as folder:
        subprocess.run([sys.executable, __file__, folder, str(cores)], check=True)
        ready = time.monotonic() + 30
        while len(list(Path(folder).glob("ready-*"))) < cores and time.monotonic() < ready:
            time.sleep(0.01)
        yield Hog(Path(folder))


def _start(folder: str, cores: int) -> None:
    for core in range(cores):
        subprocess.Popen([sys.executable, __file__, folder, str(cores), str(core)], start_new_session=True)


def _burn(folder: Path, name: str) -> None:
    (folder / f"ready-{name}").touch()
    ends = time.monotonic() + _LONGEST_S
    while folder.is_dir() and time.monotonic() < ends:
        if not (folder / "go").exists():
            time.sleep(0.002)
            continue
        total = 0
        for i in range(50_000):
            total += i * i


if __name__ == "__main__":
    if len(sys.argv) == 4:  # one of the processes; with less, who starts them
        _burn(Path(sys.argv[1]), sys.argv[3])
    else:
        _start(sys.argv[1], int(sys.argv[2]))
