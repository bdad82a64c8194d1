"""The timed jobs of a run on a cluster: sent to a node, and what comes back written into the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from embedmark.distribute.cluster.join import Cluster
from embedmark.distribute.cluster.shipment import LIVE, Event, pack_shipment
from embedmark.distribute.cluster.timed import NodeLostError, TimedRun, timed_node
from embedmark.errors import NotAvailableError
from embedmark.measure.resume import set_aside
from embedmark.measure.runner import Runner
from embedmark.planning.job import Job
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.session import ClusterFacts, EnvironmentFacts

_MOST_NODES: Final = 3  # that may die over the timed jobs


class TimedPart:
    """The timed jobs of one run, on one type of node.

    Args:
        runner: of the whole run; its recorder writes the rows.
        jobs: those that are left, of providers that have not failed.
    """

    def __init__(self, runner: Runner, cluster: Cluster, jobs: Sequence[Job]) -> None:
        self._runner, self._cluster, self._jobs = runner, cluster, jobs
        self._run = runner.recorder.run
        self._names = {name for job in jobs for name in (job.provider, job.first) if name}
        self._scored = {job.provider for job in runner.jobs if job not in jobs}
        self._is_counted = False

    def run(self) -> None:
        """Measure the jobs. Where the node dies, another one of the same type goes on with those that are not done."""
        planned = [one for one in self._runner.plan.providers if one.name in self._names]
        nodes = list(self._cluster.nodes)
        cluster = self._run.manifest.cluster or ClusterFacts()
        fingerprint = cluster.timed_on
        lost = ""
        for _ in range(_MOST_NODES):
            node = timed_node(planned, nodes, fingerprint)
            left = self._left()
            if node is None or not left:
                break
            fingerprint = node.fingerprint
            cluster.timed_on = fingerprint
            shipment = pack_shipment(self._runner.plan, left, self._run.manifest, self._left_s())
            try:
                TimedRun(self._cluster, node, self._take).measure(shipment)
            except NodeLostError as error:
                lost = str(error)
                self._runner.progress.at(f"{node.host} died: its timed jobs are measured again on another node")
                nodes.remove(node)
                set_aside(self._run, [job for job in self._jobs if job.label in self._left()])
            except NotAvailableError as error:
                lost = error.message
                break
            else:
                return
        self._give_up(lost or "no node of the same type is left")

    def _left(self) -> set[str]:
        manifest = self._run.manifest
        failed = {entry.name for entry in manifest.providers if entry.status == "failed"}
        done = set(manifest.done or ())
        return {job.label for job in self._jobs if job.label not in done and job.provider not in failed}

    def _left_s(self) -> float | None:
        targets = self._runner.targets.values()
        return next((target.caller.budget.left_s() for target in targets), None)

    def _take(self, event: Event) -> None:
        kind, content = event
        if kind == "rows":
            self._append(*content)
        elif kind == "manifest":
            self._merge(content)
        elif kind == "node":
            self._run.manifest.environment = EnvironmentFacts.from_json(content)
        elif kind == "at":
            # A provider that was scored has been loaded, and counted, before.
            self._is_counted = content.removesuffix(": load") in self._scored
            self._runner.progress.at(content)
        elif kind == "advance":
            self._runner.progress.advance(0 if self._is_counted else content)
            self._is_counted = False
        elif kind == "end":
            self._runner.recorder.failures += content

    def _append(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        decoded = {entry.name for entry in self._run.manifest.datasets if entry.decoding}
        kept = [row for row in rows if row.get("measure") != "decode" or row["dataset"] not in decoded]
        self._run.append(name, kept)

    def _merge(self, changed: dict[str, Any]) -> None:
        """Take what the node has changed of the manifest: all but the entries of providers that it has not."""
        manifest, theirs = self._run.manifest, Manifest.from_json(changed)
        for entry in theirs.providers:
            entry.node = manifest.cluster.timed_on if manifest.cluster else None
        mine = [(theirs.provider(one.name) if one.name in self._names else None) or one for one in manifest.providers]
        manifest.change({key: getattr(theirs, key) for key in LIVE if theirs.has(key)} | {"providers": mine})
        self._run.save_manifest()

    def _give_up(self, why: str) -> None:
        left = self._left()
        error = NotAvailableError(f"its timed jobs were given up: {why}")
        for name in sorted({job.provider for job in self._jobs if job.label in left}):
            job = next(job for job in self._jobs if job.provider == name and job.label in left)
            self._runner.recorder.failure(self._runner.targets[name], job.measure, job.dataset, "timed", error)
