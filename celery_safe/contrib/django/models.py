r"""The tables of :class:`celery_safe.store.django.DjangoStore`: those of the SQLAlchemy store.

Times are seconds since 1970 by the database's clock. Text instead of a JSON column: PostgreSQL's
jsonb refuses ``\u0000`` and rewrites numbers.
"""

from __future__ import annotations

from django.db import models


class StoredMessage(models.Model):
    """A message on the shelf; read and changed by the store only."""

    id = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    created_at = models.FloatField()
    due_at = models.FloatField(null=True)
    attempts = models.IntegerField(default=0)
    owner = models.CharField(max_length=255, null=True)
    lease_until = models.FloatField(null=True)
    task_id = models.CharField(max_length=255)
    task = models.CharField(max_length=512)
    exchange = models.CharField(max_length=255)
    routing_key = models.CharField("queue", max_length=512)
    reason = models.TextField()
    error = models.TextField()
    details = models.TextField()
    meta = models.TextField()
    body = models.BinaryField()
    size = models.BigIntegerField()
    format = models.IntegerField(default=1)

    class Meta:
        """Indexes as in the SQLAlchemy store: kind first, as claiming searches kind by kind."""

        db_table = "celery_safe_messages"
        verbose_name = "message"
        indexes = [
            models.Index(fields=["kind", "due_at", "id"], name="celery_safe_messages_due"),
            models.Index(fields=["task_id"], name="celery_safe_messages_task_id"),
            models.Index(fields=["kind", "created_at", "id"], name="celery_safe_messages_created"),
        ]
        permissions = [("replay_storedmessage", "Can send messages again")]

    def __str__(self) -> str:
        return f"{self.task or '(no task)'}[{self.task_id}]"


class StoredRecord(models.Model):
    """A small fact beside the messages."""

    topic = models.CharField(max_length=32)
    key = models.CharField(max_length=512)
    value = models.TextField()
    written_at = models.FloatField()
    expires_at = models.FloatField(null=True, db_index=True)

    class Meta:
        """One record for each key of a topic."""

        db_table = "celery_safe_messages_records"
        verbose_name = "record"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["topic", "key"], name="celery_safe_messages_record")
        ]
