"""Who is told what is running and how much is done."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told what is running and how much is done."""

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


class NoProgress:
    """Progress that nobody is told."""

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...
