"""A provider under test while a run is going on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

from embedmark.api import Provider
from embedmark.calls.budget import Budget
from embedmark.calls.caller import Caller
from embedmark.machine.describe import rss_mb, thread_pools, usable_cores
from embedmark.machine.threads import limited_threads
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.keeping import Keeping
from embedmark.planning.identity import Space
from embedmark.planning.providers import PlannedProvider
from embedmark.plugins.isolate import IsolatedProvider, Recipe


class Elsewhere(Protocol):
    """What is known of the process, or the processes, that a provider runs in when it does not run in this one.

    Attributes:
        is_spread: True where several machines compute: what took how long there is no timing of any of them.
        is_paid: True where its requests may be billed, and are logged before they are sent.
        is_timed_out: True where it gives up a call that takes too long by itself.
    """

    is_spread: bool
    is_paid: bool
    is_timed_out: bool
    cpu_ns: int
    peak_rss_mb: float

    @property
    def alive(self) -> bool: ...

    def thread_pools(self) -> list[dict[str, Any]]: ...


class Target:
    """One provider of the plan with its caller, its process and threads, and whether it has failed.

    Args:
        stand_in: calls the provider where it runs; it has the shape of Elsewhere as well. Default: a process of its
            own where the suite says so, else this process.

    Attributes:
        elsewhere: where it runs; None for this process.
        keeping: where its vectors are kept.
        loaded: True once load() has returned.
        facts: what an earlier run knew of it, where nothing has to be loaded.
        load: loads it where that was put off, and something is left to encode after all.
        alone: the item of the first call, and its vector or score; None if no such call was made.
    """

    def __init__(
        self,
        planned: PlannedProvider,
        folder: Path,
        budget: Budget | None = None,
        threads: int | None = None,
        stand_in: Provider | None = None,
    ) -> None:
        self._default_threads = threads
        self.planned = planned
        self.provider: Provider = stand_in or planned.provider
        if stand_in is None and planned.spec.isolate == "process":
            spec = planned.spec
            recipe = Recipe(spec.use, spec.model, spec.keywords, folder, spec.threads)
            self.provider = IsolatedProvider(recipe, planned.info, spec.timeout_s)
        is_here = self.provider is planned.provider
        self.elsewhere = None if is_here else cast(Elsewhere, self.provider)
        price = planned.price
        # A process can be ended by whoever waits for it; any other call needs a thread to be given up.
        limit_s = None if self.elsewhere and self.elsewhere.is_timed_out else planned.spec.timeout_s
        self.caller = Caller(
            self.provider,
            budget=budget,
            usd_per_1m_tokens=price.usd_per_1m_tokens if price else None,
            usd_per_1k_searches=price.usd_per_1k_searches if price else None,
            usd_per_1k_images=price.usd_per_1k_images if price else None,
            timeout_s=limit_s,
        )
        self.failed: str | None = None
        # Scores by the hash of the pairs, with the dataset that they were made for: other golds of them need no calls.
        self.scored: dict[str, tuple[str, Any]] = {}
        # Likewise what compressed vectors score, by dimensions and precision.
        self.compressed: dict[str, dict[tuple[int, str], Any]] = {}
        self.billed: dict[str, int] = {}  # tokens of the accuracy pass, by dataset, where the server says them
        self.closed = False
        self.keeping = Keeping(Space(hashlib.sha256(planned.name.encode()).digest(), cacheable=False))
        self.loaded = False
        self.facts: dict[str, Any] | None = None
        self.load: Callable[[], None] = lambda: None
        self.alone: tuple[Any, Any] | None = None

    def bring(self) -> None:
        """Load the provider if that was put off. Raises what the provider raises."""
        if not self.loaded:
            self.load()

    @property
    def similarity(self) -> str:
        """The similarity that the model was made for, loaded or not."""
        known = None if self.loaded or self.facts is None else self.facts.get("similarity")
        return known or self.provider.info.similarity

    @property
    def name(self) -> str:
        return self.planned.name

    @property
    def threads(self) -> int:
        """CPU threads that a call uses on this machine: its own number, or that of the machine; 1 of an async one."""
        if self.caller.workers > 1:
            return 1
        given = self.planned.spec.threads or self.planned.spec.options.get("threads") or self._default_threads
        return min(int(given), usable_cores()) if given else usable_cores()

    @property
    def addresses(self) -> list[str]:
        """URLs and hosts that the provider is said to call."""
        info, options = self.provider.info, self.planned.spec.options
        urls = [value for value in options.values() if isinstance(value, str) and "://" in value]
        return [*urls, *([info.served_by] if info.served_by else [])]

    @property
    def max_tokens(self) -> int | None:
        """Tokens after which the model cuts a text, loaded or not."""
        known = None if self.loaded or self.facts is None else self.facts.get("max_tokens")
        return known if known is not None else self.provider.info.max_tokens

    def pinned(self) -> AbstractContextManager[None]:
        """Within, native thread pools have the provider's own number of threads, where its suite gives one."""
        return limited_threads(self.planned.spec.threads if self.elsewhere is None else None)

    def revive(self) -> None:
        """Load the provider again if it had a process of its own and that has died. Raises ProviderError."""
        if isinstance(self.provider, IsolatedProvider) and not self.provider.alive:
            self.provider.load()

    def thread_pools(self) -> list[dict[str, Any]]:
        """Return the native thread pools of the provider's process, and their sizes. Raises ProviderError."""
        return self.elsewhere.thread_pools() if self.elsewhere else thread_pools()

    def cpu_ns(self, clock: Clock) -> int:
        """CPU time so far of the process that the provider runs in, all threads, nanoseconds."""
        return self.elsewhere.cpu_ns if self.elsewhere else clock.cpu_ns()

    def stopwatch(self, clock: Clock) -> Stopwatch:
        """Return a stopwatch for calls of the provider: with its device barrier, and its process's CPU time."""
        return Stopwatch(TargetClock(self, clock), self.caller.sync)

    def rss_mb(self) -> float:
        """Return resident memory now of a shared process; the peak so far of a process of its own. MB."""
        return self.elsewhere.peak_rss_mb if self.elsewhere else rss_mb()


class TargetClock:
    """The clock, with the CPU time of the process that a provider runs in."""

    def __init__(self, target: Target, clock: Clock) -> None:
        self._target, self._clock = target, clock
        self.now_ns = clock.now_ns
        self.wait_until_ns, self.sleep_until_ns = clock.wait_until_ns, clock.sleep_until_ns

    def cpu_ns(self) -> int:
        return self._target.cpu_ns(self._clock)
