"""Where a run is measured: on this machine, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from embedmark.measure.runner import Runner
from embedmark.planning.job import UNTIMED
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.store.read import read_manifest

Say = Callable[[str], None]


@contextmanager
def placed(
    plan: Plan, at_work: Sequence[PlannedProvider], say: Say, resume: str | Path | None = None
) -> Iterator[Callable[..., Runner]]:
    """Give what makes the runner: of this machine, or of the plan's cluster, which is left at the end.

    Args:
        at_work: the providers that will be called.
        resume: the run that goes on.

    Raises:
        UsageError: the cluster cannot be joined, or no node can hold a provider; nothing is written.
    """
    if plan.cluster is None:
        yield Runner
        return
    from embedmark.distribute.cluster.join import in_cluster
    from embedmark.distribute.cluster.nodes import check_resources
    from embedmark.distribute.cluster.runner import ClusterRunner
    from embedmark.distribute.cluster.timed import require_timed_node

    cluster = None if resume is None else read_manifest(Path(resume)).cluster
    begun = cluster.timed_on if cluster else None
    with in_cluster(plan.cluster, say) as joined_cluster:
        spread = [one for one in at_work if not one.asks_server]
        check_resources(spread, joined_cluster.nodes, plan.suite.origin.provider)
        timed = {job.provider for job in plan.jobs if job.measure not in UNTIMED}
        require_timed_node([one for one in spread if one.name in timed], joined_cluster.nodes, begun)
        yield partial(ClusterRunner, joined_cluster)
