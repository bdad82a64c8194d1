"""The workers of one provider: each call goes to the least busy one, and Ray starts again what has died."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from embedmark.distribute.cluster.join import Cluster
from embedmark.distribute.cluster.recipe import ShippedRecipe
from embedmark.distribute.cluster.worker import Loaded, Worker
from embedmark.errors import NotAvailableError, ProviderError, UsageError, words_of
from embedmark.plugins.serve import ProcessReply
from embedmark.suite import ResourceSpec

_MOST_RESTARTS: Final = 20  # of one worker: a provider that kills its process at each load comes to an end
_GOODBYE_S: Final = 5.0
# Once one worker has loaded, the others have so long before work begins without them: they join later.
_LATECOMERS_S: Final = 20.0
_POLL_S: Final = 0.05
_NONE_LEFT_S: Final = 300.0  # without a single worker, before the provider is given up
_TELL_AFTER_S: Final = 15.0


class WorkerDiedError(Exception):
    """A worker, or its node, died while it had a call."""


@dataclass(eq=False, slots=True)
class Slot:
    """One worker as the driver sees it.

    Attributes:
        state: `starting` (also: being started again), `ready`, or `dead` for good.
        error: what load() raised.
        calls, items: that it has answered.
    """

    actor: Any
    state: str = "starting"
    busy: int = 0
    loaded: Loaded | None = None
    error: Exception | None = None
    answer: ProcessReply | None = None
    calls: int = 0
    items: int = 0


class WorkerPool:
    """Workers of one provider.

    Args:
        wanted: what each worker takes.
        size: how many there are.
        depth: calls that a worker may have: one that it computes, and one that waits, so that it never idles.
    """

    def __init__(self, cluster: Cluster, recipe: ShippedRecipe, wanted: ResourceSpec, size: int, depth: int) -> None:
        self._cluster, self._ray = cluster, cluster.ray
        self._recipe, self._wanted = recipe, wanted
        self.size, self.depth = size, depth
        self.slots: list[Slot] = []
        self._documents: Any = None
        self._closed = False

    def start(self) -> ProcessReply:
        """Start the workers, and return the answer of one that has loaded. Raises what load() raises, UsageError."""
        setattr(Worker, "load", self._ray.method(max_task_retries=-1)(Worker.load))  # noqa: B010 - Ray marks it
        wanted = self._wanted
        made = self._ray.remote(Worker).options(
            num_cpus=wanted.cpu, num_gpus=wanted.gpu, memory=int((wanted.memory_gb or 0) * 1e9) or None,
            max_restarts=_MOST_RESTARTS, max_task_retries=0, scheduling_strategy="SPREAD",
        )  # fmt: skip
        self._closed = False
        try:
            self.slots = [Slot(made.remote(self._recipe)) for _ in range(self.size)]
        except (TypeError, AttributeError) as error:
            raise UsageError(
                f"{self._recipe.use} cannot be sent to the workers: {words_of(error)}",
                hint="options are plain values: texts, numbers, lists and mappings",
            ) from None
        for slot in self.slots:
            self._begin(slot)
        return self._first()

    def _begin(self, slot: Slot) -> None:
        """Have a worker load, now or once Ray has started it again."""
        slot.state = "starting"
        slot.actor.load.remote(self._documents).future().add_done_callback(lambda done: self._started(slot, done))

    def _started(self, slot: Slot, done: Any) -> None:
        if done.cancelled() or done.exception() is not None:
            slot.error = None if done.cancelled() else done.exception()
            slot.state = "dead"
            return
        answer: ProcessReply = done.result()
        slot.answer, slot.error = answer, answer.error
        if answer.error is None:
            slot.loaded = answer.value
        slot.state = "ready" if answer.error is None else "dead"

    def _first(self) -> ProcessReply:
        began, told = time.monotonic(), False
        ready_at: float | None = None
        while True:
            states = [slot.state for slot in self.slots]
            now = time.monotonic()
            if "ready" in states:
                ready_at = ready_at or now
            if "starting" not in states or (ready_at and now - ready_at > _LATECOMERS_S):
                break
            if not told and ready_at is None and now - began > _TELL_AFTER_S:
                told = True
                self._cluster.say(f"{self._recipe.use}: waiting for {self._size_words()} to load on the cluster")
            time.sleep(_POLL_S)
        ready = next((slot for slot in self.slots if slot.state == "ready"), None)
        if ready is None or ready.answer is None:
            error = next((slot.error for slot in self.slots if slot.error is not None), None)
            raise error if isinstance(error, ProviderError) else _never_loaded(error)
        return ready.answer

    def _size_words(self) -> str:
        return "1 worker" if self.size == 1 else f"{self.size} workers"

    async def ask(self, what: str, argument: Any, *, alone: bool = False) -> ProcessReply:
        """Call a method on a worker. Raises WorkerDiedError, ProviderError.

        Args:
            alone: True has a worker for itself, for a call that may kill it.
        """
        slot = await self._free(alone)
        taken = self.depth if alone else 1
        slot.busy += taken
        try:
            # Ray would serialize a list item by item, which takes longer than a cheap model.
            answer: ProcessReply = await slot.actor.call.remote(what, pickle.dumps(argument))
        except asyncio.CancelledError:
            if not self._closed:  # it is given up, and may hang: the process is not waited for
                self._ray.kill(slot.actor, no_restart=False)
                self._begin(slot)
            raise
        except self._ray.exceptions.RayError as error:
            raise self._failed(slot, error) from None
        finally:
            slot.busy -= taken
        slot.calls += 1
        slot.items += len(argument) if isinstance(argument, Sequence) else 0
        return answer

    def ask_now(self, what: str, argument: Any) -> ProcessReply:
        """Call a method on a worker, and wait. Raises ProviderError."""
        for slot in [slot for slot in self.slots if slot.state == "ready"]:
            try:
                answer: ProcessReply = self._ray.get(slot.actor.call.remote(what, pickle.dumps(argument)))
            except self._ray.exceptions.RayError as error:
                self._failed(slot, error)
                continue
            return answer
        raise NotAvailableError("none of its workers answers")

    def index(self, documents: Sequence[str]) -> ProcessReply:
        """Give every worker of a ranker its documents; one that is started again gets them, too."""
        self._documents = self._ray.put(list(documents))
        ready = [slot for slot in self.slots if slot.state == "ready"]
        refs = [slot.actor.index.remote(self._documents) for slot in ready]
        try:
            answers: list[ProcessReply] = self._ray.get(refs)
        except self._ray.exceptions.RayError as error:
            raise NotAvailableError(f"a worker died while it indexed: {_line(error)}") from None
        return next((one for one in answers if one.error is not None), answers[0])

    async def _free(self, alone: bool) -> Slot:
        most = 0 if alone else self.depth - 1
        began = time.monotonic()
        while True:
            free = [slot for slot in self.slots if slot.state == "ready" and slot.busy <= most]
            if free:
                return min(free, key=lambda slot: slot.busy)
            states = {slot.state for slot in self.slots}
            if "ready" in states:
                began = time.monotonic()
            if states <= {"dead"} or time.monotonic() - began > _NONE_LEFT_S:
                raise NotAvailableError("all of its workers have died, and the cluster starts no other")
            await asyncio.sleep(_POLL_S / 5)

    def _failed(self, slot: Slot, error: Any) -> Exception:
        exceptions = self._ray.exceptions
        died = (exceptions.RayActorError, exceptions.WorkerCrashedError, exceptions.NodeDiedError)
        if not isinstance(error, died):
            return ProviderError(f"its reply cannot be sent back: {_line(getattr(error, 'cause', None) or error)}")
        if slot.state == "ready":
            self._begin(slot)
        return WorkerDiedError(_line(error))

    def facts(self) -> list[dict[str, Any]]:
        """Return what a manifest holds of the workers, of JSON types."""
        return [
            {"pid": slot.loaded.pid, "host": slot.loaded.host, "load_s": round(slot.loaded.load_s, 4),
             "calls": slot.calls, "items": slot.items}
            for slot in self.slots
            if slot.loaded is not None
        ]  # fmt: skip

    def close(self) -> None:
        """Close the provider in each worker, and end their processes. May be called twice."""
        self._closed = True
        ready = [slot.actor.close.remote() for slot in self.slots if slot.state == "ready"]
        if ready:
            self._ray.wait(ready, num_returns=len(ready), timeout=_GOODBYE_S)
        for slot in self.slots:  # one that could not load has a process, too
            slot.state = "dead"
            self._ray.kill(slot.actor, no_restart=True)


def _never_loaded(error: Exception | None) -> ProviderError:
    return NotAvailableError(f"no worker has loaded it: {_line(error) if error else 'the workers were stopped'}")


def _line(error: BaseException) -> str:
    """Return the first sentence of what Ray says."""
    lines = str(error).strip().splitlines() or [repr(error)]
    return lines[0][:200]
