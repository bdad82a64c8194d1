"""The nodes of a cluster: what each has, and whether embedmark can work there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from embedmark.errors import UsageError
from embedmark.planning.providers import PlannedProvider
from embedmark.suite import ResourceSpec
from embedmark.version import __version__

# What decides how fast a machine computes; not how busy it is, nor its name.
_TYPE: Final = ("machine", "cpu", "cores_logical", "cores_usable")
_PROBE_S: Final = 120.0
_NO_DEFAULT: Final = ResourceSpec.model_validate({})


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A node that is alive.

    Attributes:
        resources: its total CPU, GPU and memory (bytes).
        environment: as describe_machine() says it there.
    """

    node_id: str
    host: str
    cpu: float
    gpu: float
    memory: float
    accelerator: str
    environment: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """The type of the machine: the same for nodes that compute equally fast."""
        facts = {key: self.environment.get(key) for key in _TYPE}
        facts |= {"gpu": self.gpu, "accelerator": self.accelerator, "cpu": self.environment.get("cpu")}
        facts["memory_gb"] = round(float(self.environment.get("memory_mb") or 0) / 1024)
        text = json.dumps(facts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def workers(self, wanted: ResourceSpec) -> int:
        """Return how many workers of a provider the node holds."""
        rooms = [self.cpu // wanted.cpu]
        rooms += [self.gpu // wanted.gpu] if wanted.gpu else []
        rooms += [self.memory // (wanted.memory_gb * 1e9)] if wanted.memory_gb else []
        return int(min(rooms))

    def facts(self) -> dict[str, Any]:
        """Return what a manifest holds of the node, of JSON types."""
        keys = ("cpu", "cores_logical", "memory_mb", "platform", "python")
        known = {key: self.environment.get(key) for key in keys}
        return {"host": self.host, "fingerprint": self.fingerprint, "cpus": self.cpu, "gpus": self.gpu, **known}


def wanted_of(planned: PlannedProvider) -> ResourceSpec:
    """Return what a worker of the provider takes."""
    return planned.spec.resources or _NO_DEFAULT


def find_nodes(ray: Any) -> list[ClusterNode]:
    """Return the nodes that are alive, each asked what it is. Raises UsageError where one has other versions."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    alive = [node for node in ray.nodes() if node["Alive"]]
    probe = ray.remote(_probe())
    refs = []
    for node in alive:
        place = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        refs.append(probe.options(num_cpus=0, max_retries=1, scheduling_strategy=place).remote())
    try:
        found = ray.get(refs, timeout=_PROBE_S)
    except Exception as error:  # noqa: BLE001 - whatever Ray raises, the nodes are of no use
        raise UsageError(
            f"the nodes of the cluster do not answer: {str(error).splitlines()[0][:200] if str(error) else error!r}",
            hint="ray status shows what is wrong with them",
        ) from None
    _check_versions(alive, found)
    return [_node(node, facts["environment"]) for node, facts in zip(alive, found, strict=True)]


def check_resources(planned: Sequence[PlannedProvider], nodes: Sequence[ClusterNode], where: Any) -> None:
    """Raise UsageError for a provider of which no node can hold a worker."""
    for one in planned:
        wanted = wanted_of(one)
        if any(node.workers(wanted) for node in nodes):
            continue
        asked = ", ".join(f"{key}: {value:g}" for key, value in wanted.model_dump().items() if value)
        had = sorted({f"{node.cpu:g} cores, {node.gpu:g} GPUs, {node.memory / 1e9:.1f} GB" for node in nodes})
        raise UsageError(
            f"no node can hold a worker of {one.name}, which takes {{{asked}}}; the nodes have {'; '.join(had)}",
            where=where(one.name),
            hint=f"smaller `resources:` for {one.name}, or a cluster with a node that has them",
        )


def _probe() -> Any:
    """Return a function that can be sent to a machine without embedmark, or with another one."""

    def probe() -> dict[str, Any]:
        import platform

        try:
            from embedmark.version import __version__ as version
        except ImportError:
            return {"python": platform.python_version(), "embedmark": None, "environment": {}}
        try:
            from embedmark.machine.describe import describe_machine

            environment = describe_machine()
        except ImportError:
            environment = {}
        return {"python": platform.python_version(), "embedmark": version, "environment": environment}

    return probe


def _check_versions(alive: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> None:
    import platform

    for node, facts in zip(alive, found, strict=True):
        host = node["NodeManagerHostname"]
        if facts["python"].split(".")[:2] != platform.python_version().split(".")[:2]:
            raise UsageError(
                f"node {host} has Python {facts['python']}, and this is Python {platform.python_version()}",
                hint="use the same Python on all nodes and here",
            )
        if facts["embedmark"] != __version__:
            has = f"embedmark {facts['embedmark']}" if facts["embedmark"] else "no embedmark"
            raise UsageError(
                f"node {host} has {has}, and this is embedmark {__version__}",
                hint=f"install embedmark {__version__} on every node, with the extra `ray`",
            )


def _node(node: dict[str, Any], environment: dict[str, Any]) -> ClusterNode:
    resources = node["Resources"]
    accelerators = [key.partition(":")[2] for key in resources if key.startswith("accelerator_type:")]
    return ClusterNode(
        node_id=node["NodeID"],
        host=node["NodeManagerHostname"],
        cpu=float(resources.get("CPU", 0)),
        gpu=float(resources.get("GPU", 0)),
        memory=float(resources.get("memory", 0)),
        accelerator=",".join(sorted(accelerators)),
        environment=environment,
    )
