"""CPU time and peak memory of a whole process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_COMPILED = Path(tempfile.gettempdir()) / f"embedmark-performance-{os.getuid()}"


def cpu_of(command: Sequence[str], folder: Path = ROOT) -> float:
    """Return the CPU seconds, user and system, of one process and all its children. Raises CalledProcessError."""
    environment = _installed()
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_utime + used.ru_stime


def _installed() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as they are in what pip installs."""
    environment = os.environ | THREADS | {"PYTHONPYCACHEPREFIX": str(_COMPILED)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def median_cpu(command: Sequence[str], folder: Path = ROOT, rounds: int = 5) -> float:
    """Return the median over rounds, after one that warms the disk's cache."""
    cpu_of(command, folder)
    return statistics.median(cpu_of(command, folder) for _ in range(rounds))


def output_of(module: str, *arguments: str) -> str:
    """Return what a module of this package prints in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=_installed(), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def embedmark(*arguments: str) -> list[str]:
    """Return the command line of an embedmark command."""
    return [sys.executable, "-m", "embedmark", *arguments]
