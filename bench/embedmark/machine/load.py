"""CPU time on this machine: what this run used, what other processes used, and what the hypervisor took."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import psutil

# Share of all CPU time that other processes used. An idle machine's background work stays below 0.05.
OTHERS_LIMIT = 0.10
# Share of all CPU time that the hypervisor gave to other machines.
STEAL_LIMIT = 0.05
# CPU counters tick every 10 ms: over less than this they say nothing.
MIN_SECONDS = 0.5
# A sandbox may have counters that do not move: those that miss half of what this run itself used.
_SEEN_SHARE = 0.5
_LOOPBACK = ("localhost", "127.", "::1", "0.0.0.0")  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True, slots=True)
class Counters:
    """Seconds: wall time, all CPUs' busy and stolen time, and what this run used; and how many CPUs there are.

    steal is None where the system does not count it.
    """

    wall: float
    busy: float
    steal: float | None
    own: float
    cpus: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """Shares of all CPU time between two readings of the counters; None where the system does not count."""

    others: float | None
    steal: float | None
    cpus: int

    @classmethod
    def between(cls, before: Counters, now: Counters) -> Taken:
        """Return the shares, all None where the time between is too short or the counters do not move."""
        seconds = now.wall - before.wall
        if seconds < MIN_SECONDS:
            return cls(None, None, now.cpus)
        own, busy = now.own - before.own, now.busy - before.busy
        if own > MIN_SECONDS / 2 and busy < _SEEN_SHARE * own:
            return cls(None, None, now.cpus)
        steal = None if now.steal is None or before.steal is None else now.steal - before.steal
        every = seconds * now.cpus
        return cls(max(0.0, busy - own) / every, None if steal is None else steal / every, now.cpus)


class Machine:
    """Reads the counters. What counts as this run's own: this process, its children, and servers that it measures."""

    def __init__(self) -> None:
        self._servers: dict[int, tuple[psutil.Process, float]] = {}  # by process, with its CPU time when it was added

    def add_servers(self, addresses: Iterable[str]) -> None:
        """Count processes that listen on these URLs or `host:port` of this machine as this run's own from now on."""
        ports = [port for address in addresses if (port := local_port(address)) is not None]
        for process in [process for port in ports for process in listeners(port)]:
            if process.pid not in self._servers:
                self._servers[process.pid] = process, _used(process)

    def wall(self) -> float:
        """Return the seconds that Counters.wall counts."""
        return time.monotonic()

    def read(self) -> Counters:
        """Return the counters now."""
        import psutil

        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted in user and nice already
        steal: float | None = getattr(times, "steal", None)
        own = _used(psutil.Process()) + sum(self._since(pid) for pid in self._servers)
        busy = sum(times) - idle - guest - (steal or 0.0)
        return Counters(self.wall(), busy, steal, own, psutil.cpu_count() or 1)

    def _since(self, pid: int) -> float:
        process, before = self._servers[pid]
        return max(0.0, _used(process) - before)


def local_port(address: str) -> int | None:
    """Return the port of a URL or `host:port` if the host is this machine, else None.

    >>> local_port("http://127.0.0.1:8000/v1"), local_port("localhost:9000"), local_port("api.openai.com:443")
    (8000, 9000, None)
    """
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if not host.startswith(_LOOPBACK) and not host.endswith(".localhost"):
        return None
    return port or {"http": 80, "https": 443}.get(parts.scheme)


def listeners(port: int) -> list[psutil.Process]:
    """Return the processes that listen on a TCP port, as far as the system tells."""
    import psutil

    try:
        found = psutil.net_connections("tcp")
    except (psutil.Error, OSError):  # macOS tells root only
        return []
    pids = {c.pid for c in found if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port and c.pid}
    mine = psutil.Process()
    own = {mine.pid, *(child.pid for child in mine.children(recursive=True))}
    return [process for pid in sorted(pids - own) if (process := _process(pid)) is not None]


def _process(pid: int) -> psutil.Process | None:
    import psutil

    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _used(process: psutil.Process) -> float:
    """Return CPU seconds of a process and of its children, living and dead; 0 where it has ended."""
    import psutil

    def total(times: Any) -> float:
        return float(times.user + times.system)

    try:
        own = process.cpu_times()
        children = process.children(recursive=True)
    except psutil.Error:
        return 0.0
    used = total(own) + getattr(own, "children_user", 0.0) + getattr(own, "children_system", 0.0)
    for child in children:
        try:
            used += total(child.cpu_times())
        except psutil.Error:  # it ended between the two calls
            continue
    return used
