"""What a provider may change of this process, put back after it has worked."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_CLOCKS: Final = (
    "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "time", "time_ns", "process_time",
    "process_time_ns", "sleep",
)  # fmt: skip
# As they are when embedmark is imported, which is before any provider is: no patch of `time` reaches a measurement.
perf_counter_ns = time.perf_counter_ns
process_time_ns = time.process_time_ns


@contextlib.contextmanager
def put_back() -> Iterator[None]:
    """Put back the current folder, the clocks, the standard streams and NumPy's error handling if they change within.

    A provider that changes any of them would otherwise change where a run is written, or how the others are timed.
    """
    folder = _folder()
    clocks = {name: getattr(time, name) for name in _CLOCKS}
    streams = sys.stdout, sys.stderr
    handling = _numpy_errors()
    try:
        yield
    finally:
        if folder is not None and _folder() != folder:
            with contextlib.suppress(OSError):
                os.chdir(folder)
        for name, clock in clocks.items():
            if getattr(time, name) is not clock:
                setattr(time, name, clock)
        sys.stdout, sys.stderr = streams
        if handling is not None and _numpy_errors() != handling:
            sys.modules["numpy"].seterr(**handling)


def _folder() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:
        return None


def _numpy_errors() -> dict[str, Any] | None:
    numpy = sys.modules.get("numpy")
    return dict(numpy.geterr()) if numpy is not None and hasattr(numpy, "geterr") else None
