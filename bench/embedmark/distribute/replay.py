"""Jobs that were cut into blocks: what the shards' journals hold is scored as one run would have scored it."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedmark.calls.budget import Budget
from embedmark.distribute.neighbours import pair_jobs
from embedmark.distribute.shards import ShardRun
from embedmark.errors import EmbedmarkError, NotAvailableError, UsageError
from embedmark.machine.threads import limited_threads
from embedmark.measure.block import passes_of
from embedmark.measure.memory import Memory
from embedmark.measure.progress import NoProgress
from embedmark.measure.resume import suite_of
from embedmark.measure.runner import Runner
from embedmark.measure.target import Target
from embedmark.planning.build import make_plan
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.planning.shards import EACH
from embedmark.store.journal import NAME, Journal, has_journal
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.session import JobFacts
from embedmark.store.read import read_run
from embedmark.store.write import RunDirectory


@dataclass(frozen=True, eq=False, slots=True)
class Replayed:
    """A run of the jobs that were cut, scored from the replies of all shards.

    Attributes:
        failed: True where a part of them is missing.
    """

    folder: Path
    manifest: Manifest
    failed: bool


def cut_jobs(shard: ShardRun) -> list[JobFacts]:
    """Return the jobs that the replies of all shards score, as the manifest lists them: not those of pairs' blocks."""
    pairs = {job.label for job in pair_jobs(shard)}
    return [job for job in shard.part.jobs if job.shard == EACH and job.label not in pairs]


def replay_blocks(shards: Sequence[ShardRun], manifest: Manifest, folder: Path) -> None:
    """Write a run of the jobs that were cut, scored from the replies that the shards' journals hold. Sends nothing.

    Args:
        manifest: of the merged run.
        folder: of the run; it is made.

    Raises:
        UsageError: a journal, the suite's data or a provider's file is not here.
    """
    for shard in shards:
        if not has_journal(shard.folder):
            raise UsageError(
                f"shard {shard.name} has no {NAME}, which holds its blocks of the jobs that were split",
                where=str(shard.folder),
                hint="copy the whole folder of a shard, or measure it again",
            )
    with tempfile.TemporaryDirectory() as temporary:
        copies = [_copied(shard, Path(temporary) / str(shard.index)) for shard in shards]
        plan = _plan(copies[0], shards[0])
        begun = copy.deepcopy(manifest)
        begun.status, begun.done, begun.warnings, begun.ends = "running", [], [], []
        with RunDirectory(folder, begun) as run, limited_threads(plan.suite.threads):
            journal = Journal(folder)
            runner = ReplayRunner(
                plan, run, NoProgress(), budget=Budget(max_requests=0), memory=Memory(journal, has_blocks=True)
            )
            _fill(journal, copies, runner, plan)
            runner.run()
            run.seal()
            journal.remove()


class ReplayRunner(Runner):
    """A runner that loads nothing: all replies are known."""

    def _target(self, planned: PlannedProvider, budget: Budget | None) -> Target:
        target = super()._target(planned, budget)
        target.elsewhere = _Nowhere()
        return target

    def _load(self, target: Target, *, alone: bool) -> bool:
        del alone
        entry = self.recorder.run.manifest.provider(target.name)
        target.facts = None if entry is None else entry.to_json()
        target.load = _missing
        return True


class _Nowhere:
    """Where nothing is computed: what was read took its time on other machines."""

    is_spread, is_paid, is_timed_out, alive = True, False, True, False
    cpu_ns, peak_rss_mb = 0, 0.0

    def thread_pools(self) -> list[dict[str, Any]]:
        return []


def _missing() -> None:
    raise NotAvailableError(
        "a part of this job is in no shard", hint="one of the shards has failures: its folder says why"
    )


def _copied(shard: ShardRun, folder: Path) -> Path:
    """Copy what is read with SQLite, which would write beside it."""
    folder.mkdir()
    for file in shard.folder.glob(f"{NAME}*"):
        shutil.copyfile(file, folder / file.name)
    shutil.copyfile(shard.folder / "manifest.json", folder / "manifest.json")
    return folder


def _plan(folder: Path, shard: ShardRun) -> Plan:
    """Return the plan of the jobs that were cut. Raises UsageError."""
    try:
        suite, base = suite_of(folder)
        with limited_threads(suite.threads):
            plan = make_plan(suite, base, offline=True)
    except EmbedmarkError as error:
        error.hint = (
            f"merge where the suite and its data are: some of its jobs were cut into blocks ({error.hint or ''})"
        )
        raise
    contents = {entry.name: entry.sha256 for entry in shard.manifest.datasets}
    for dataset in plan.datasets:
        if contents.get(dataset.name) != dataset.sha256:
            raise UsageError(
                f"the dataset {dataset.name} is not the one that the shards were measured with",
                where=str(base),
                hint="merge where the suite and its data are",
            )
    labels = {job.label for job in cut_jobs(shard)}
    return replace(plan, jobs=tuple(job for job in plan.jobs if job.label in labels), notices=())


def _fill(journal: Journal, copies: Sequence[Path], runner: Runner, plan: Plan) -> None:
    """Put the replies of all shards into one journal."""
    datasets = {dataset.name: dataset for dataset in plan.datasets}
    names = [
        name
        for job in plan.jobs
        for name, _, _ in passes_of(runner.targets[job.provider], datasets[job.dataset], job, plan)
    ]
    for folder in copies:
        source = Journal(folder)
        for name in names:
            replies = list(source.replies(name))
            journal.delivered(None, None, kept=(name, replies), durable=False)
        source.close()


def replayed(folder: Path) -> Replayed:
    """Return the run that replay_blocks() has written."""
    raw = read_run(folder)
    return Replayed(folder=folder, manifest=raw.manifest, failed=bool(len(raw.failures)))
