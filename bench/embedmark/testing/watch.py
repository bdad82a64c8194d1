"""Watches a provider while it works: what it writes to the terminal, and where it waits."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any


class Watch:
    """Collects over many calls.

    Args:
        source: the provider's own file; a wait on a threading.Event counts only there, since libraries wait for
            their worker threads.

    Attributes:
        printed: (what was going on, what was written), one entry a call that wrote.
        waits: `file:line` of every place that slept.
    """

    def __init__(self, source: str | None = None) -> None:
        self.source = source
        self.printed: list[tuple[str, str]] = []
        self.waits: list[str] = []

    @contextmanager
    def over(self, what: str, *, waits: bool = True) -> Iterator[None]:
        """Watch the body; `what` names it. `waits=False` looks at output only, for what takes long as it is."""
        written = _Written()
        try:
            with written.captured(), self._profiled() if waits else nullcontext():
                yield
        finally:
            if written.text.strip():
                self.printed.append((what, written.text.strip()))

    @contextmanager
    def _profiled(self) -> Iterator[None]:
        # A profile function sees a call however the name was bound (`from time import sleep`); a patch would not.
        before = sys.getprofile()
        sys.setprofile(self._on_event)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _on_event(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            if arg is time.sleep:
                self._note(frame)
        elif event == "call":
            if frame.f_code is asyncio.sleep.__code__ and frame.f_locals.get("delay", 0) > 0:
                self._note(frame.f_back)
            elif frame.f_code is threading.Event.wait.__code__ and frame.f_locals.get("timeout"):
                caller = frame.f_back
                if caller is not None and caller.f_code.co_filename == self.source:
                    self._note(caller)

    def _note(self, frame: FrameType | None) -> None:
        place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame else "an unknown place"
        if place not in self.waits:
            self.waits.append(place)


class _Written:
    """stdout and stderr at both levels: sys.stdout of Python, and file descriptors 1 and 2 of native code."""

    def __init__(self) -> None:
        self.text = ""

    @contextmanager
    def captured(self) -> Iterator[None]:
        stream = io.StringIO()
        with tempfile.TemporaryFile() as file:
            _flush()
            saved = [os.dup(descriptor) for descriptor in (1, 2)]
            for descriptor in (1, 2):
                os.dup2(file.fileno(), descriptor)
            try:
                with redirect_stdout(stream), redirect_stderr(stream), warnings.catch_warnings():
                    # A warning is the reader's to filter; only what the provider writes itself counts.
                    warnings.simplefilter("ignore")
                    yield
            finally:
                _flush()
                for descriptor, copy in zip((1, 2), saved, strict=True):
                    os.dup2(copy, descriptor)
                    os.close(copy)
                file.seek(0)
                self.text = stream.getvalue() + file.read().decode("utf-8", "replace")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
