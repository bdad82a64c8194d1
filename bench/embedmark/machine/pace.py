"""This machine's best pace, kept between runs: what tells a run that is slow from end to end.

One small file in the cache folder. What cannot be read or written is as if nothing were known: no run fails for it.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from embedmark.files import cache_dir, write_atomically
from embedmark.machine.describe import cpu_name, usable_cores
from embedmark.machine.kernel import DRIFT_LIMIT

# A pace that nothing reached for so long is no longer this machine's: it was moved, throttled for good, or renamed.
_FORGET: Final = timedelta(days=30)


def pace_file() -> Path:
    """Where it is kept; it need not exist."""
    return cache_dir() / "machine.json"


def known_pace() -> int | None:
    """The calibration kernel's time at this machine's best, in nanoseconds; None where no run of late has seen it."""
    try:
        entry = _entries()[_machine()]
        seen, kernel_ns = date.fromisoformat(entry["seen"]), int(entry["kernel_ns"])
    except (TypeError, KeyError, ValueError):
        return None
    return kernel_ns if kernel_ns > 0 and _today() - seen <= _FORGET else None


def keep_pace(held_ns: int | None) -> None:
    """Keep the time that a run held if it is this machine's best, or the date if it comes near it."""
    known = known_pace()
    if not held_ns or (known is not None and held_ns > (1 + DRIFT_LIMIT) * known):
        return
    best = held_ns if known is None else min(held_ns, known)
    entries = _entries() | {_machine(): {"kernel_ns": best, "seen": _today().isoformat()}}
    with suppress(OSError):
        pace_file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(pace_file(), json.dumps(entries, indent=1).encode("utf-8") + b"\n")


def _machine() -> str:
    """What the kernel's time depends on: the processor, and the interpreter with its build."""
    return f"{cpu_name()}, {usable_cores()} cores, {sys.implementation.name} {sys.version}"


def _entries() -> dict[str, Any]:
    try:
        entries = json.loads(pace_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _today() -> date:
    return datetime.now(UTC).date()
