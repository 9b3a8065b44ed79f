"""A real worker in the test's own thread: Celery's consumer, requests and acks, stepped by the test.

Touches private parts of Celery: the consumer's blueprint and its steps, ``call_at`` of its timer
(``celery/worker``); tests/unit/testing/test_plugin.py fails when they move.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import _state, signals
from celery.exceptions import WorkerTerminate
from celery.worker import state as worker_state

from celery_safe.gate.gate import Gate
from celery_safe.gate.keeper import Keeper
from celery_safe.gate.step import GateStep
from celery_safe.testing.clock import ClockTimer
from celery_safe.testing.crash import Crash, Lines, WorkerCrash

if TYPE_CHECKING:
    from celery_safe.task import SafeTask
    from celery_safe.testing.bench import Bench

#: Steps of the consumer that this worker does without: the test is its event loop.
_LEFT_OUT = ("Evloop", "Control", "Heart", "Gossip", "Mingle", "Agent")
_MOST = 10_000


@dataclass(frozen=True)
class Run:
    """One run of a task."""

    task: str
    id: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    state: str
    result: Any


class Worker:
    """Runs what is in the queues when it is told to.

    Time limits are not enforced, as in Celery's solo pool. Tasks run one after the other.
    """

    def __init__(self, bench: Bench, app: Any, name: str = "worker") -> None:
        self._bench, self.app, self.name = bench, app, name
        self._controller: Any = None
        self._keeper: Any = None
        self._crash: Crash | None = None
        #: Every run so far; a run in which the worker died has the state ``CRASHED``.
        self.runs: list[Run] = []
        self.crashes = 0

    @property
    def clock(self) -> Any:
        """The clock of the test."""
        return self._bench.clock

    def drain(self) -> list[Run]:
        """Run all that is due now, and what that sends, until nothing is left.

        What has an ETA or waits for its retry runs when ``clock.advance`` reaches it.

        Returns:
            the runs, in their order.

        Raises:
            RuntimeError: tasks send each other for ever.
        """
        first = len(self.runs)
        if self._keeper is not None:
            self._keeper._beat()
            self._keeper.releaser.step()
        for _ in range(_MOST):
            if not self._step():
                break
        else:
            last = ", ".join(run.task for run in self.runs[-3:])
            raise RuntimeError(f"after {_MOST} messages still not empty; the last tasks: {last}")
        if self._crash is not None and self._crash.fired:
            self._crash = None
        return self.runs[first:]

    def redeliver(self, task: SafeTask[..., Any] | None = None) -> list[Run]:
        """Deliver the last message (of ``task``) once more, as a broker does that never saw its ack.

        Raises:
            LookupError: none has been delivered.
        """
        for queue, payload in reversed(self._bench.broker.delivered):
            if task is None or payload["headers"].get("task") == task.name:
                self._bench.broker.give_back(queue, payload)
                return self.drain()
        raise LookupError(
            f"no message of {task.name if task is not None else 'any task'} has been delivered: "
            "send one and drain() first"
        )

    def crash_during(self, task: SafeTask[..., Any], at: int | str | None = None) -> None:
        """Let the worker die in the next run of ``task``; what it held is then delivered again.

        ``finally`` blocks and context managers on the way do run, as they do not under SIGKILL.

        Args:
            task: the task.
            at: before this line runs: its number in the file, its number from ``def`` on (1 is the
                ``def`` itself), or a text that it contains. None: after the function has returned
                and before the message is acknowledged.

        Raises:
            ValueError: there is no such line.
        """
        self._crash = Crash(task, at)

    @contextlib.contextmanager
    def watch(self, task: SafeTask[..., Any]) -> Iterator[Lines]:
        """Write down the lines that ``task`` runs meanwhile."""
        self._crash = lines = Lines(task)
        try:
            yield lines
        finally:
            self._crash = None

    def check_crashes(self) -> None:
        """Raise AssertionError for a crash that was asked for and has not come."""
        if self._crash is not None and not self._crash.fired:
            raise AssertionError(f"{self._crash} was never reached")

    def next_event(self) -> float | None:
        """Seconds until an ETA or a retry is due."""
        wait: float | None = self._controller.timer.wait() if self._controller else None
        return wait

    def stop(self) -> None:
        """Give back what is held, as a worker does that is told to stop."""
        if self._controller is not None:
            self._leave(crashed=False)

    def _step(self) -> bool:
        """Do one thing; whether there was one."""
        with self._as_worker():
            if self._controller is None:
                self._start()
            controller: Any = self._controller
            consumer = controller.consumer
            if len(consumer.strategies) < len(self.app.tasks):
                consumer.update_strategies()  # the test has defined one more task
            try:
                if controller.timer.run_due():
                    return True
                consumer.perform_pending_operations()
                if consumer.qos.prev != consumer.qos.value:
                    consumer.qos.update()
                try:
                    consumer.connection.drain_events(timeout=0)
                except TimeoutError:
                    return False
                consumer.perform_pending_operations()
            except WorkerCrash as crash:
                self.crashes += 1
                self.runs.append(Run(crash.task, crash.id, (), {}, "CRASHED", None))
                self._leave(crashed=True)
            except WorkerTerminate:
                self._leave(crashed=True)
        return True

    @contextlib.contextmanager
    def _as_worker(self) -> Iterator[None]:
        """What differs in a worker's process: the app, waiting for results, our records of runs."""
        app, blocks = _state.get_current_app(), _state.task_join_will_block()
        self.app.set_current()
        _state._set_task_join_will_block(True)
        signals.task_postrun.connect(self._on_run, weak=False)
        trace, in_threads = sys.gettrace(), threading.gettrace()
        if self._crash is not None and not self._crash.fired:
            sys.settrace(self._crash.trace)
            # Where an event loop runs already, an async task runs in a thread of its own.
            threading.settrace(self._crash.trace)
        try:
            yield
        finally:
            sys.settrace(trace)
            threading.settrace(in_threads)
            signals.task_postrun.disconnect(self._on_run)
            _state._set_task_join_will_block(blocks)
            app.set_current()

    def _on_run(
        self, sender: Any, task_id: str, args: Any, kwargs: Any, retval: Any, state: Any, **_: Any
    ) -> None:
        if state is not None and sender.app is self.app:
            self.runs.append(Run(sender.name, task_id, tuple(args), dict(kwargs), state, retval))

    def _start(self) -> None:
        app = self.app
        timer = type("Timer", (ClockTimer,), {"clock": self._bench.clock})
        worker = self._controller = app.WorkController(
            app=app, hostname=f"{self.name}@test", pool_cls="solo", concurrency=1, timer_cls=timer,
            without_heartbeat=True, without_mingle=True, without_gossip=True, loglevel=None,
            optimization=None, task_events=False,
        )  # fmt: skip
        worker.blueprint.state = 1
        consumer = worker.consumer
        # As prefork does; without an event loop Celery before 5.7 acknowledges after the task has run.
        consumer.call_soon = consumer.call_soon_ack = _at_once
        for step in consumer.blueprint.order:
            if isinstance(step, GateStep):
                # Without the threads beside it: what they do, drain() does.
                consumer.gate = Gate(app, consumer)
                self._keeper = Keeper(consumer.gate)
            elif type(step).__name__ not in _LEFT_OUT and step in consumer.steps:
                step.start(consumer)
        consumer.blueprint.state = 1  # RUN
        consumer.task_consumer.on_message = consumer.create_task_handler()
        consumer.task_consumer.consume()

    def _leave(self, *, crashed: bool) -> None:
        worker, self._controller = self._controller, None
        consumer = worker.consumer
        keeper, self._keeper = self._keeper, None
        if keeper is not None and not crashed:
            keeper.stop()
        for channel in list(consumer.connection.default_channel.connection.channels):
            channel.qos._flush()
            held = list(channel.qos._delivered.values())
            channel.qos._delivered.clear()
            for message in reversed(held):
                channel.give_back(message)
        consumer.blueprint.state = 0
        with contextlib.suppress(Exception):  # closing what is only in memory
            consumer.connection.close()
        worker_state.reserved_requests.clear()
        worker_state.active_requests.clear()
        worker_state.requests.clear()
        getattr(worker_state, "scheduled_requests", set()).clear()  # from Celery 5.7 on


def _at_once(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    function(*args, **kwargs)
