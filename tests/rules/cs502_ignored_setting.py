# Loaded by the last lines: this file is its own settings module, as celeryconfig files are.
import os

from celery import Celery

BROKER_URL = "redis://localhost"  # error: CS502
CELERYD_CONCURRENCY = 4  # error: CS502
CELERYBEAT_SCHEDULE = {}  # error: CS502
CELERY_DEFAULT_EXCHANGE = "shop"  # error: CS502
CELERY_ALWAYS_EAGER = True  # error: CS502
CELERY_CELERY_TASK_TRACK_STARTED = True  # error: CS502
CELERY_TASK_RESULT_EXPIRES: int = 60  # error: CS502

CELERY_RESULT_BACKEND = "redis://localhost"
CELERY_TASK_DEFAULT_QUEUE = "shop"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "x"
CELERY_APP_NAME = "a constant of the project's own"
CELERY_RETRY_BACKOFF = 3
CELERYD_NODES = 3
CELERY_DEFAULT_QUEUE = "beside its right form"
OTHER = os.environ.get("SHOP_BROKER_URL")
BROKER_NAME = "a constant of the project's own"
CELERY_SEND_TASK_ERROR_EMAILS = True
CELERYD_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PREFETCH_MULTIPLIER = CELERYD_PREFETCH_MULTIPLIER


def not_a_setting():
    CELERYD_CONCURRENCY = 1
    return CELERYD_CONCURRENCY


app = Celery("shop")
app.config_from_object("cs502_ignored_setting", namespace="CELERY")
