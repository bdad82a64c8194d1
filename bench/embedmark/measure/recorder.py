"""Where measured rows go: appended to the run directory at once, with the state of the machine."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from embedmark.api.secrets import scrub, scrub_all
from embedmark.errors import BudgetError, StorageError
from embedmark.machine.describe import rss_mb
from embedmark.machine.process import put_back
from embedmark.machine.watch import HostWatch
from embedmark.measure.error_text import one_line, place_in, shorten
from embedmark.measure.progress import Progress, scored, tick
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.store.manifest.datasets import DecodingFacts
from embedmark.store.manifest.entries import IndexFacts
from embedmark.store.manifest.session import EndFacts
from embedmark.store.rows import FailureRow, JudgedRow, RankRow, SampleRow
from embedmark.store.table import ColumnRows
from embedmark.store.write import RunDirectory

_log = logging.getLogger("embedmark.measure")
# Facts of a provider that it, or its server, words as it likes.
_FREE = ("error", "recipe", "notes", "observed")


class Recorder:
    """Appends raw rows, failures and warnings of one run.

    Args:
        run: the run directory.
        watch: of the machine.
        progress: told after each measurement, and of scores as they come.
    """

    def __init__(self, run: RunDirectory, watch: HostWatch, progress: Progress | None = None) -> None:
        self.run = run
        self.watch = watch
        self.progress = progress
        self.failures = 0

    def samples(self, target: Target, measure: str, rows: Sequence[SampleRow]) -> None:
        """Append sample rows of one provider, all measured under the machine's state now.

        Args:
            target: whose rows they are; its name, kind and unit are those of a row that has none.
            measure: what they were measured for.
            rows: as measured.
        """
        planned, state = target.planned, self.watch.look(len(rows), target.threads).state
        size = round(target.rss_mb(), 1)
        full = [
            replace(
                row, measure=measure, provider=row.provider or target.name, kind=row.kind or planned.info.kind,
                unit=row.unit or planned.unit, status=row.status or "ok", rss_mb=size, host_state=state,
            )
            for row in rows
        ]  # fmt: skip
        if target.elsewhere and target.elsewhere.is_spread:
            # What several machines did together is a timing of none of them.
            full = [replace(row, elapsed_ns=None, cpu_ns=None) for row in full]
        self.run.append("samples.csv", full)
        tick(self.progress)
        self.attempts(target, measure, rows[0] if rows else SampleRow())

    def attempts(self, target: Target, measure: str, like: SampleRow) -> int:
        """Append a row for every attempt that failed, or whose pass did, since the last time; how many failed.

        Args:
            target: whose calls they were.
            measure: what they were made for.
            like: a row with the dataset, scenario, phase and batch_size that they belong to.
        """
        taken = target.caller.ledger.take_attempts()
        common = SampleRow(
            provider=target.name,
            kind=target.planned.info.kind,
            measure=measure,
            dataset=like.dataset,
            scenario=like.scenario,
            phase=like.phase or "timed",
            batch_size=like.batch_size,
            unit=target.planned.unit,
            requests=1,
        )
        rows = [
            replace(
                common,
                n_items=attempt.n_items,
                tokens=attempt.tokens,
                elapsed_ns=attempt.elapsed_ns,
                status=attempt.status,
                error=shorten(f"{attempt.error_type}: {attempt.message}") if attempt.error_type else "",
            )
            for attempt in taken
        ]
        if rows:
            self.run.append("samples.csv", rows)
        return sum(attempt.error_type != "" for attempt in taken)

    def decoding(self, dataset: str, n_items: int, elapsed_ns: int, cpu_ns: int) -> None:
        """Append one sample row of no provider: how long the images of a dataset took to decode."""
        row = SampleRow(
            measure="decode",
            dataset=dataset,
            phase="timed",
            n=n_items,
            unit="image",
            n_items=n_items,
            elapsed_ns=elapsed_ns,
            cpu_ns=cpu_ns,
            rss_mb=round(rss_mb(), 1),
            host_state=self.watch.look(1).state,
            status="ok",
        )
        self.run.append("samples.csv", [row])
        entry = self.run.manifest.dataset(dataset)
        if entry is not None:
            entry.decoding = DecodingFacts(images=n_items, seconds=elapsed_ns / 1e9)
        self.run.save_manifest()

    def bad_file(self, dataset: str, message: str, error: BaseException) -> None:
        """Append one failure row of no provider: a file that cannot be used. Everything else goes on."""
        kind = type(error).__name__
        self._failed(FailureRow(dataset=dataset, measure="decode", phase="load", error_type=kind, message=message))

    def scores(self, rows: ColumnRows) -> None:
        """Append the scores of a dataset's pairs, and tell the progress of them."""
        self.run.append("scores.csv", rows)
        scored(self.progress, rows)

    def ranks(self, rows: Sequence[RankRow]) -> None:
        """Append the ranks of pairs of images and captions."""
        self.run.append("ranks.csv", rows)

    def judged(self, rows: Sequence[JudgedRow]) -> None:
        """Append the ranks of judged documents."""
        self.run.append("judged.csv", rows)

    def _failed(self, row: FailureRow) -> None:
        self.failures += 1
        self.run.append("failures.csv", [row])

    def index(self, target: Target, dataset: str, facts: IndexFacts) -> None:
        """Keep in the manifest how large the index of a dataset is."""
        self.run.manifest.index.setdefault(target.name, {})[dataset] = facts
        self.run.save_manifest()

    def missing_part(self, label: str, dataset: str, measure: str, parts: Sequence[str]) -> None:
        """Record that a fusion or a reranking could not be made, because parts of it were not measured."""
        row = FailureRow(
            provider=label,
            dataset=dataset,
            measure=measure,
            phase="timed",
            error_type="MissingPart",
            message=f"{label} needs {' and '.join(parts)}, which was not searched in this run",
        )
        self._failed(row)

    def failure(self, target: Target, measure: str, dataset: str, phase: str, error: BaseException) -> None:
        """Record that a provider failed; the run goes on with the others."""
        target.failed = one_line(error) + place_in(target.provider, error)
        _log.debug("provider %s\n%s", target.name, scrub("".join(traceback.format_exception(error)).rstrip()))
        self.failed_point(target, measure, dataset, phase, error)
        self.provider(target.name, status="failed", error=target.failed)

    def failed_point(
        self, target: Target, measure: str, dataset: str, phase: str, error: BaseException, message: str = ""
    ) -> None:
        """Record that one point failed; the provider goes on. `message` comes before what the error says."""
        failed = self.attempts(target, measure, SampleRow(dataset=dataset, phase=phase))
        row = FailureRow(
            provider=target.name,
            dataset=dataset,
            measure=measure,
            phase=phase,
            error_type=type(error).__name__,
            message=shorten(message + one_line(error)) + place_in(target.provider, error),
            retries=max(0, failed - 1),
        )
        self._failed(row)

    @contextmanager
    def guard(self, target: Target, measure: str, dataset: str, phase: str = "timed") -> Iterator[None]:
        """Turn what a provider raises into a failure row. What stops the run as a whole passes through."""
        try:
            with put_back():
                yield
        except StorageError:
            raise
        except (BudgetError, KeyboardInterrupt):
            self.attempts(target, measure, SampleRow(dataset=dataset, phase=phase))
            raise
        except BaseException as error:  # noqa: BLE001 - a provider is somebody else's code and may raise anything
            self.failure(target, measure, dataset, phase, error)

    def provider(self, name: str, **facts: Any) -> None:
        """Add facts to a provider's entry in the manifest."""
        entry = self.run.manifest.provider(name)
        if entry is not None:
            entry.change({key: scrub_all(fact) if key in _FREE else fact for key, fact in facts.items()})
        self.run.save_manifest()

    def dataset_note(self, name: str, note: str) -> None:
        """Add a note to a dataset's entry in the manifest, once."""
        entry = self.run.manifest.dataset(name)
        if entry is not None and note not in entry.notes:
            entry.notes.append(note)

    def job_done(self, label: str) -> None:
        """Keep that a job has all its rows: a run that goes on leaves it alone."""
        self.run.sync()
        self.run.manifest.done = [*(self.run.manifest.done or ()), label]
        self.run.save_manifest()

    def end(self, target: Target, **facts: Any) -> None:
        """Keep why a cell ended: enough precision, its time budget, or a failure."""
        self.run.manifest.ends.append(EndFacts.from_json({"provider": target.name, **facts}))
        self.run.save_manifest()

    def warn(self, notice: Notice) -> None:
        """Keep a warning in the manifest."""
        # A run that goes on would say some of them twice.
        self.run.manifest.warn(replace(notice, message=scrub(notice.message)))
        self.run.save_manifest()
