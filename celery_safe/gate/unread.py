"""Messages that never become a task here: unknown, undecodable, malformed, of a forbidden content."""

from __future__ import annotations

from typing import Any

from celery.utils.log import get_logger

from celery_safe.errors import Unreadable
from celery_safe.gate import failing, shelving
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.gate import AGAIN
from celery_safe.store import Kind

logger = get_logger(__name__)


def park(consumer: Any, message: Any, reason: str) -> bool:
    """Onto the shelf until a worker that knows the task joins; False without a store."""
    return _shelve(consumer, message, "unknown", reason)


def bury(consumer: Any, message: Any, reason: str) -> bool:
    """Onto the shelf as a dead letter; False without a store."""
    return _shelve(consumer, message, "dead", reason)


def _shelve(consumer: Any, message: Any, kind: Kind, reason: str) -> bool:
    gate = consumer.gate
    if gate is None:
        return False
    found = shelving.message_of(message, consumer)
    details = {"worker": str(consumer.hostname)}
    try:
        gate.ask(gate.store.put, [shelving.entry(found, kind, reason, details=details)])
    except StoreAway as error:
        # Not acknowledged and not rejected: it stays with this worker until the store answers.
        logger.warning("A message waits for the store (%s): %s", error, reason)
        gate.again(AGAIN, _shelve, consumer, message, kind, reason)
    else:
        logger.error(
            "A message is on the shelf as %s: %s (%s)", kind, reason, found.task or "no task"
        )
        if kind == "dead" and not failing.fail_message(consumer.app, found, Unreadable(reason)):
            gate.again(AGAIN, _shelve, consumer, message, kind, reason)
            return True
        gate.counts.add(
            "celery_safe_shelved", kind=kind, name=found.task, queue_name=found.routing_key
        )
        message.ack_log_error(logger, consumer.connection_errors)
    return True
