"""Messages that the broker itself has given up: drained from its dead-letter queues onto the shelf.

A quorum queue drops a message at its delivery limit, any queue drops what is rejected, expires or has
no room; with a dead-letter exchange RabbitMQ puts it into a queue that ``safe_dead_letter_queues``
names. Every worker with a store consumes those beside its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from celery import states
from celery.bootsteps import StartStopStep
from celery.utils.log import get_logger
from kombu.entity import Queue
from kombu.messaging import Consumer

from celery_safe.errors import DroppedByBroker
from celery_safe.gate import failing, shelving
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.gate import AGAIN
from celery_safe.message import Message

logger = get_logger(__name__)

#: Seconds until a queue that is not there is looked for again.
MISSING = 30.0
#: Messages that are taken before the first of them is on the shelf.
PREFETCH = 20
_WHY = {
    "delivery_limit": "it was delivered more often than the queue's delivery limit",
    "rejected": "it was rejected",
    "expired": "it waited for longer than its time to live",
    "maxlen": "its queue was full",
}


class DroppedStep(StartStopStep):
    """Consumes the dead-letter queues; begins again after each reconnect."""

    requires = ("celery_safe.gate.step:GateStep", "celery.worker.consumer.tasks:Tasks")

    def start(self, parent: Any) -> None:
        """Consume what ``safe_dead_letter_queues`` names."""
        for name in parent.app.conf.get("safe_dead_letter_queues") or ():
            self._consume(parent, parent.connection, str(name))

    def stop(self, parent: Any) -> None:
        """The channels go with the connection."""

    def shutdown(self, parent: Any) -> None:
        """The same; what is not acknowledged stays in the broker."""

    def _consume(self, parent: Any, connection: Any, name: str) -> None:
        if connection is not parent.connection:
            return  # of a connection that was lost since
        try:
            channel = connection.channel()
            channel.queue_declare(name, passive=True)
        except connection.channel_errors as error:
            logger.warning(
                "safe_dead_letter_queues names %r, and the broker has no such queue (%s). Declare it, and name it "
                "in x-dead-letter-exchange and x-dead-letter-routing-key of the queues it is for",
                name, error,
            )  # fmt: skip
            parent.timer.call_after(MISSING, self._consume, (parent, connection, name))
            return

        def received(message: Any, _error: Exception | None = None) -> None:
            shelve(parent, message, name)

        consumer = Consumer(
            channel, [Queue(name, no_declare=True)], on_message=received, on_decode_error=received,
            auto_declare=False,
        )  # fmt: skip
        consumer.qos(prefetch_count=PREFETCH)
        consumer.consume()
        logger.info("Dead letters of the broker's queue %s go to the shelf", name)


def shelve(consumer: Any, delivered: Any, queue: str) -> None:
    """Onto the shelf, then FAILURE with errbacks and chord errors, then acknowledge."""
    gate = consumer.gate
    message, why, details = _read(delivered, queue)
    error = DroppedByBroker(f"the broker gave it up: {why}")
    details["worker"] = str(consumer.hostname)
    try:
        gate.ask(gate.store.put, [shelving.entry(message, "dead", str(error), details=details)])
    except StoreAway as away:
        logger.warning("A dead letter of %s waits for the store: %s", queue, away)
        gate.again(AGAIN, shelve, consumer, delivered, queue)
        return
    if not _has_ended(consumer.app, message.task_id) and not failing.fail_message(
        consumer.app, message, error
    ):
        gate.again(AGAIN, shelve, consumer, delivered, queue)
        return
    gate.counts.add(
        "celery_safe_shelved", kind="dead", name=message.task, queue_name=message.routing_key
    )
    delivered.ack_log_error(logger, consumer.connection_errors)


def _read(delivered: Any, queue: str) -> tuple[Message, str, dict[str, Any]]:
    """The message, addressed to the queue that it was in; why it is here; the same for programs."""
    message = Message.from_delivery(delivered, queue)
    deaths = delivered.headers.get("x-death") or []
    if not deaths:
        info = delivered.delivery_info
        key = str(info.get("routing_key") or queue)
        return replace(message, routing_key=key), f"it is in {queue}", {"dead_letter_queue": queue}
    last = deaths[0]
    origin, reason = str(last.get("queue")), str(last.get("reason"))
    details = {
        "dead_letter_queue": queue, "broker_reason": reason, "queue": origin,
        "times": int(last.get("count") or 1),
    }  # fmt: skip
    return replace(message, routing_key=origin), f"{_WHY.get(reason, reason)} ({origin})", details


def _has_ended(app: Any, task_id: str) -> bool:
    """Whether its state is final, so that its errbacks have been called. Unknown counts as no."""
    if not task_id:
        return True
    try:
        return app.backend.get_task_meta(task_id)["status"] in states.READY_STATES
    except Exception:
        logger.exception("The state of %s could not be read; its failure is stored anew", task_id)
        return False
