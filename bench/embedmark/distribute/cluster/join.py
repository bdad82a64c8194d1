"""A Ray cluster: joined at an address, or started on this machine; one message for each way that can fail."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from embedmark.distribute.cluster.answer import require_answer
from embedmark.distribute.cluster.nodes import ClusterNode, find_nodes
from embedmark.errors import UsageError, words_of
from embedmark.files import install_command
from embedmark.planning.cluster import parse_on

# Set before Ray is imported; what the user has set stays.
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
}


@dataclass(frozen=True, eq=False, slots=True)
class Cluster:
    """A cluster that this process has joined.

    Attributes:
        ray: the module: it is imported only where a cluster is asked for.
        address: as it was asked for; "" for a local one.
        nodes: those that were alive when it was joined.
    """

    ray: Any
    address: str
    nodes: tuple[ClusterNode, ...]
    say: Callable[[str], None]

    def facts(self) -> dict[str, Any]:
        """Return what a manifest holds of the cluster, of JSON types."""
        return {"ray": self.ray.__version__, "nodes": [node.facts() for node in self.nodes]}


@contextmanager
def in_cluster(on: str, say: Callable[[str], None]) -> Iterator[Cluster]:
    """Join the cluster at `on`, or start one here, and leave it at the end.

    Raises:
        UsageError: Ray is not installed, nothing answers, or a node has other versions.
    """
    address = parse_on(on)
    ray = _import_ray()
    mine = not ray.is_initialized()
    if mine:
        _connect(ray, address)
    try:
        with _hushed():
            yield Cluster(ray, address, tuple(find_nodes(ray)), say)
    finally:
        if mine:
            ray.shutdown()


def _import_ray() -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        if error.name is not None and error.name.partition(".")[0] != "ray":
            raise UsageError(f"Ray cannot be imported: {words_of(error)}", hint=install_command("ray")) from None
        raise UsageError("--on ray needs Ray, which is not installed", hint=install_command("ray")) from None
    return ray


def _connect(ray: Any, address: str) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL, "include_dashboard": False}
    if address and address not in ("auto", "local"):
        require_answer(address)
    if address:
        quiet.pop("include_dashboard")
        quiet["address"] = address
    try:
        ray.init(**quiet)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - Ray raises of every kind, SystemExit included
        with contextlib.suppress(Exception):
            ray.shutdown()  # it may be half connected
        raise _refused(address, error) from None


def _refused(address: str, error: BaseException) -> UsageError:
    said = words_of(error)
    if "Version mismatch" in said or "version" in said.lower():
        lines = " ".join(said.split())
        return UsageError(
            f"the cluster at {address or 'this machine'} has other versions: {lines[:300]}",
            hint="use the same Python and the same Ray on all nodes and here",
        )
    return UsageError(
        f"no Ray cluster can be joined at {address or 'this machine'}: {' '.join(said.split())[:300]}",
        hint="ray start --head prints the address of a cluster; --on ray starts one on this machine",
    )


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep Ray from printing what befalls workers: it prints to stdout, where results go, and each is a row here."""
    import ray._private.worker as printer

    kept = getattr(printer, "print_to_stdstream", None)
    if kept is not None:
        printer.print_to_stdstream = _print_nothing
    try:
        yield
    finally:
        with contextlib.suppress(AttributeError):
            printer.print_to_stdstream = kept


def _print_nothing(*_: Any, **__: Any) -> None: ...
