"""This machine's typical pace, kept between runs: what tells a run that is slow from end to end.

One small file in the cache folder. What cannot be read or written is as if nothing were known: no run fails for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from embedmark.files import cache_dir, write_atomically
from embedmark.machine.describe import cpu_name, usable_cores
from embedmark.machine.kernel import KERNEL

# A pace that no run has kept for so long is no longer this machine's.
_FORGET: Final = timedelta(days=30)
# Shares of the way that one run moves the typical time. A machine that is throttled for good, by a third even, is then
# judged by its new pace within about four runs; one whose first run was slow by chance, within two or three.
_SLOWER: Final = 0.25
_FASTER: Final = 0.5


def pace_file() -> Path:
    """Return where it is kept; it need not exist."""
    return cache_dir() / "machine.json"


def known_pace(today: date | None = None) -> dict[int, int]:
    """Return the calibration kernel's typical time in nanoseconds, by threads; {} where no run of late has seen it.

    Args:
        today: the day to go by; None is the current one.
    """
    try:
        entry = _entries()[_machine()]
        seen = date.fromisoformat(entry["seen"])
        known = {int(threads): int(ns) for threads, ns in entry["kernel_ns"].items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        return {}
    return {threads: ns for threads, ns in known.items() if ns > 0} if (today or _today()) - seen <= _FORGET else {}


def keep_pace(held_ns: Mapping[int, int], today: date | None = None) -> None:
    """Move the typical time towards the one that a run held, by threads.

    The median of runs and not the best of them: a lucky moment, or a turbo that lasts for seconds, would make every
    later run look slow.

    Args:
        held_ns: by threads.
        today: the day to note; None is the current one.
    """
    held = {threads: ns for threads, ns in held_ns.items() if ns > 0}
    if not held:
        return
    known = known_pace(today)
    moved = known | {threads: _moved(known.get(threads), ns) for threads, ns in held.items()}
    kept = {str(threads): ns for threads, ns in sorted(moved.items())}
    entries = _entries() | {_machine(): {"kernel_ns": kept, "seen": (today or _today()).isoformat()}}
    with suppress(OSError):
        pace_file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(pace_file(), json.dumps(entries, indent=1).encode("utf-8") + b"\n")


def _moved(known: int | None, held: int) -> int:
    if known is None:
        return held
    return round(known + (_SLOWER if held > known else _FASTER) * (held - known))


def _machine() -> str:
    """Return what the kernel's time depends on: processor, interpreter with its build, and the kernel itself."""
    return f"{cpu_name()}, {usable_cores()} cores, {sys.implementation.name} {sys.version}, {KERNEL}"


def _entries() -> dict[str, Any]:
    try:
        entries = json.loads(pace_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _today() -> date:
    return datetime.now(UTC).date()
