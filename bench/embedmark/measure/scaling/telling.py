"""How far work of minutes or hours is, told now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_EVERY_S: Final = 15.0


def teller(what: str, unit: str, say: Callable[[str], None]) -> Callable[[int, int], None]:
    """Return what is called with how much is done of how much, and says so at most every 15 seconds."""
    said = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal said
        if (now := time.monotonic()) - said >= _EVERY_S:
            said = now
            say(f"{what}: {100 * done / of:.0f} % of {of:,} {unit}")

    return tell
