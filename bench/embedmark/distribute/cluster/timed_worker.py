"""What runs on the node that the timed jobs have to themselves: the runner of one machine, as it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue

from embedmark.calls.budget import Budget
from embedmark.distribute.cluster.shipment import Event, ForwardedProgress, ForwardedRun, Shipment
from embedmark.errors import BudgetError, EmbedmarkError, words_of
from embedmark.machine.describe import describe_machine
from embedmark.machine.pace import keep_pace, known_pace
from embedmark.machine.process import perf_counter_ns
from embedmark.machine.threads import limited_threads
from embedmark.machine.watch import HostWatch
from embedmark.measure.memory import Memory
from embedmark.measure.runner import Runner
from embedmark.store.manifest.model import Manifest


class TimedWorker:
    """Measures a shipment, and gives every row and every change of the manifest as it comes."""

    def __init__(self) -> None:
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._taken = threading.Semaphore(0)

    def run(self, shipment: Shipment) -> Iterator[Event]:
        """Give the events of the run. The runner waits while one is sent, so that none is sent while it times."""
        thread = threading.Thread(target=self._measure, args=(shipment,), daemon=True)
        thread.start()
        while (event := self._events.get()) is not None:
            yield event
            self._taken.release()

    def _send(self, event: Event) -> None:
        self._events.put(event)
        self._taken.acquire()

    def _measure(self, shipment: Shipment) -> None:
        try:
            self._send(("node", describe_machine()))
            with limited_threads(shipment.plan.suite.threads):
                self._send(("end", self._runner(shipment)))
        except BudgetError as error:
            self._send(("budget", (error.message, error.hint)))
        except EmbedmarkError as error:
            self._send(("error", error.message))
        except BaseException as error:  # noqa: BLE001 - the driver tells of it, whatever it is
            self._send(("error", words_of(error)))
        finally:
            self._events.put(None)

    def _runner(self, shipment: Shipment) -> int:
        """Run, and return how many failures there were."""
        plan = shipment.unpacked()
        manifest = Manifest.from_json(shipment.manifest)
        watch = HostWatch(perf_counter_ns, known_pace())
        runner = Runner(
            plan, ForwardedRun(manifest, self._send), ForwardedProgress(self._send),
            budget=Budget(max_seconds=shipment.left_s), watch=watch, memory=Memory(),
        )  # fmt: skip
        runner.run()
        keep_pace(watch.calibration.held_ns)
        return runner.recorder.failures
