"""The tables of the message store."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

TABLES = ("celery_safe_messages", "celery_safe_messages_records")


def fit_database(_apps: Any, schema_editor: Any) -> None:
    """What Django has no words for: exact comparison in MySQL, vacuum in time in PostgreSQL."""
    vendor = schema_editor.connection.vendor
    for table in TABLES:
        if vendor == "mysql":
            schema_editor.execute(
                f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            )
        if vendor == "postgresql":
            # Rows come and go: the stock vacuum after a fifth of the table is late by a backlog.
            schema_editor.execute(
                f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0,"
                " autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)"
            )


class Migration(migrations.Migration):
    """Messages and records."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.CreateModel(
            name="StoredMessage",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("created_at", models.FloatField()),
                ("due_at", models.FloatField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("owner", models.CharField(max_length=255, null=True)),
                ("lease_until", models.FloatField(null=True)),
                ("task_id", models.CharField(max_length=255)),
                ("task", models.CharField(max_length=512)),
                ("exchange", models.CharField(max_length=255)),
                ("routing_key", models.CharField(max_length=512, verbose_name="queue")),
                ("reason", models.TextField()),
                ("error", models.TextField()),
                ("details", models.TextField()),
                ("meta", models.TextField()),
                ("body", models.BinaryField()),
                ("size", models.BigIntegerField()),
                ("format", models.IntegerField(default=1)),
            ],
            options={
                "verbose_name": "message",
                "db_table": "celery_safe_messages",
                "permissions": [("replay_storedmessage", "Can send messages again")],
                "indexes": [
                    models.Index(fields=["kind", "due_at", "id"], name="celery_safe_messages_due"),
                    models.Index(fields=["task_id"], name="celery_safe_messages_task_id"),
                    models.Index(
                        fields=["kind", "created_at", "id"], name="celery_safe_messages_created"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("topic", models.CharField(max_length=32)),
                ("key", models.CharField(max_length=512)),
                ("value", models.TextField()),
                ("written_at", models.FloatField()),
                ("expires_at", models.FloatField(db_index=True, null=True)),
            ],
            options={
                "verbose_name": "record",
                "db_table": "celery_safe_messages_records",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("topic", "key"), name="celery_safe_messages_record"
                    )
                ],
            },
        ),
        migrations.RunPython(fit_database, migrations.RunPython.noop, atomic=False),
    ]
