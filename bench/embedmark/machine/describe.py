"""The machine that measured: hardware, versions, threads, load."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

_RECORDED_VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "TOKENIZERS_PARALLELISM",
)  # fmt: skip


def describe_machine() -> dict[str, Any]:
    """Hardware, operating system, Python, thread budgets and load, of JSON types. Memory in MB."""
    import psutil

    return {
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": cpu_name(),
        "cores_logical": os.cpu_count(),
        "cores_usable": usable_cores(),
        "affinity": affinity(),
        "frequency_mhz": frequency_mhz(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "load_average": load_average(),
        "thread_variables": {name: os.environ[name] for name in _RECORDED_VARIABLES if name in os.environ},
        "thread_pools": thread_pools(),
    }


def usable_cores() -> int:
    """Return cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def affinity() -> list[int]:
    """Return the logical cores that this process may run on; [] where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def thread_pools() -> list[dict[str, Any]]:
    """Return the native thread pools loaded now (OpenMP, BLAS) and their sizes; paths are left out."""
    from threadpoolctl import threadpool_info

    return [
        {key: pool.get(key) for key in ("user_api", "internal_api", "version", "num_threads")}
        for pool in threadpool_info()
    ]


def package_versions() -> dict[str, str]:
    """Name -> version of every installed distribution: what a rerun would have to install."""
    found = {dist.metadata["Name"]: dist.version for dist in distributions() if dist.metadata["Name"]}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def git_state(folder: Path) -> dict[str, Any]:
    """Commit and cleanliness of the checkout around `folder`; {} where there is none."""
    if shutil.which("git") is None:
        return {}

    def git(*args: str) -> str | None:
        # git writes UTF-8, whatever this system's own encoding is.
        done = subprocess.run(
            ["git", "-C", str(folder), *args], capture_output=True, encoding="utf-8", errors="replace", check=False
        )
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    if commit is None:
        return {}
    return {"commit": commit, "dirty": bool(git("status", "--porcelain"))}


def peak_rss_mb(status: Path = Path("/proc/self/status")) -> float:
    """Return the largest resident memory of this process so far, in MB. 0.0 where the system does not tell.

    Linux says it in `status` (VmHWM), and counts from the program's start. getrusage() is for other systems only: a
    new process inherits its figure from the one that started it, through fork and exec.
    """
    try:
        for line in status.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def rss_mb() -> float:
    """Return the resident memory of this process now, in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def load_average() -> list[float]:
    """Return processes that run or wait to run: the means of 1, 5 and 15 minutes. [] where the system does not tell."""
    try:
        return [round(x, 2) for x in os.getloadavg()]
    except (OSError, AttributeError):  # not on Windows
        return []


def frequency_mhz() -> float | None:
    """Return the CPUs' clock now, the mean over cores; None where the system hides it."""
    import psutil

    try:
        now = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):  # virtual machines often hide it
        return None
    return round(now.current, 1) if now else None


def cpu_name() -> str:
    """Return the processor's name as the system gives it, such as `AMD EPYC`."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
