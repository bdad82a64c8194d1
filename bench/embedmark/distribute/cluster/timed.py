"""Timed jobs get a node to themselves; where it dies, another one of the same type goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embedmark.distribute.cluster.join import Cluster
from embedmark.distribute.cluster.nodes import ClusterNode, wanted_of
from embedmark.distribute.cluster.shipment import Event, Shipment
from embedmark.distribute.cluster.timed_worker import TimedWorker
from embedmark.errors import BudgetError, NotAvailableError, UsageError
from embedmark.planning.providers import PlannedProvider

_TELL_AFTER_S: Final = 15.0


class NodeLostError(Exception):
    """The node of the timed jobs died."""


def timed_node(
    planned: Sequence[PlannedProvider], nodes: Sequence[ClusterNode], fingerprint: str | None = None
) -> ClusterNode | None:
    """Return the largest node that can hold a worker of each provider; None if there is none.

    Args:
        fingerprint: the type that the node must have, where rows of that type are there already.
    """
    fit = [node for node in nodes if all(node.workers(wanted_of(one)) for one in planned)]
    fit = [node for node in fit if fingerprint in (None, node.fingerprint)]
    return max(fit, key=lambda node: (node.gpu, node.cpu, node.memory, node.node_id), default=None)


def require_timed_node(planned: Sequence[PlannedProvider], nodes: Sequence[ClusterNode], begun: str | None) -> None:
    """Raise UsageError unless one node can hold all timed providers, of the type that a run was begun on."""
    if not planned or timed_node(planned, nodes, begun) is not None:
        return
    names = ", ".join(one.name for one in planned)
    if begun is not None and timed_node(planned, nodes) is not None:
        raise UsageError(
            f"this run was timed on a node of type {begun}, and the cluster has no node of that type",
            hint="resume the run on a cluster that has such a node, or measure the timings in a separate run",
        )
    raise UsageError(
        f"timings compare on one machine only, and no node can hold a worker of each of: {names}",
        hint="smaller `resources:`, or --only with the providers that fit one node",
    )


@dataclass(frozen=True, eq=False, slots=True)
class TimedRun:
    """One attempt at the timed jobs, on one node."""

    cluster: Cluster
    node: ClusterNode
    take: Callable[[Event], None]

    def measure(self, shipment: Shipment) -> None:
        """Measure a shipment, and hand on every event. Raises NodeLostError, BudgetError, NotAvailableError."""
        ray = self.cluster.ray
        worker = self._worker()
        try:
            events = worker.run.options(num_returns="streaming").remote(shipment)
            self._wait(events)
            for reference in events:
                event = ray.get(reference)
                _raise_end(event)
                self.take(event)
        except (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError) as error:
            raise NodeLostError(str(error).splitlines()[0][:200]) from None
        except ray.exceptions.RayError as error:
            raise NotAvailableError(f"the timed jobs cannot be sent to a node: {str(error)[:300]}") from None
        finally:
            ray.kill(worker)

    def _worker(self) -> Any:
        """Return a worker that takes all of its node: nothing else of this cluster runs beside it."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        place = NodeAffinitySchedulingStrategy(self.node.node_id, soft=False)
        options = {"num_cpus": self.node.cpu, "num_gpus": self.node.gpu, "max_restarts": 0}
        return self.cluster.ray.remote(TimedWorker).options(scheduling_strategy=place, **options).remote()

    def _wait(self, events: Any) -> None:
        """Wait for the first event, and say so where others have the node."""
        began = time.monotonic()
        told = False
        while not self.cluster.ray.wait([events], timeout=1.0, fetch_local=False)[0]:
            if not told and time.monotonic() - began > _TELL_AFTER_S:
                told = True
                self.cluster.say(f"waiting for {self.node.host} to be free: timed jobs have a node to themselves")


def _raise_end(event: Event) -> None:
    kind, content = event
    if kind == "budget":
        raise BudgetError(content[0], hint=content[1])
    if kind == "error":
        raise NotAvailableError(f"the timed jobs cannot run on their node: {content}")
