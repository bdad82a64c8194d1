"""What may end a run from outside: Ctrl-C, SIGTERM, a closed terminal, and the end of its time."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from embedmark.calls.budget import Budget


class Ending:
    """Takes signals while a run is measured, and knows which of them ended it.

    Attributes:
        status: `interrupted`; `hangup` where the terminal was closed, `budget` where the time was up.
    """

    def __init__(self) -> None:
        self.status = "interrupted"

    @contextmanager
    def signals(self, budget: Budget) -> Iterator[None]:
        """Within, SIGTERM, SIGHUP and the end of the budget's time are taken as Ctrl-C.

        Only the main thread can do that; elsewhere they do what they did.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handlers: dict[int, Callable[[int, FrameType | None], None]] = {signal.SIGTERM: self._terminate}
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
            handlers[signal.SIGHUP] = self._hang_up
        left_s = budget.left_s()
        has_alarm = left_s is not None and hasattr(signal, "setitimer")
        if has_alarm:
            handlers[signal.SIGALRM] = self._time_up
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        timer = None
        if has_alarm and left_s is not None:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left_s))
        elif left_s is not None:
            timer = threading.Timer(left_s, self._time_up_elsewhere)
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            if has_alarm:
                signal.setitimer(signal.ITIMER_REAL, 0)
            if timer is not None:
                timer.cancel()
            for number, handler in before.items():
                signal.signal(number, handler)

    def words(self, folder: Path, budget: Budget) -> str:
        """Return what to tell of the end."""
        if self.status == "budget":
            what = f"stopped by --max-seconds {budget.max_seconds:g}: the time is up"
        else:
            what = "interrupted"
        return f"{what}; everything measured so far is kept; go on with: embedmark run --resume {folder}"

    def _terminate(self, *_: object) -> None:
        _interrupt()

    def _hang_up(self, *_: object) -> None:
        self.status = "hangup"
        _leave_terminal()
        _interrupt()

    def _time_up(self, _number: int, _frame: FrameType | None) -> None:
        self.status = "budget"
        _interrupt()

    def _time_up_elsewhere(self) -> None:
        import _thread

        self.status = "budget"
        _thread.interrupt_main()


def _interrupt() -> None:
    """Go on as after Ctrl-C: asyncio turns that signal into a cancellation, so that calls under way are recorded.

    An exception raised here would leave the event loop in its middle.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a background job of a script: Ctrl-C is not for it
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _leave_terminal() -> None:
    """Write no more to a terminal that is gone: each write to it would fail, and sealing comes first."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream.isatty():
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue
