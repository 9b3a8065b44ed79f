# Loaded by its last line: this file is its own settings module.
from celery import Celery

broker_url = "redis://localhost"
task_default_queue = "shop"
result_expires = 60
CELERY_ALWAYS_EAGER = True  # error: CS504
CELERYD_CONCURRENCY = 4  # error: CS504

CELERY_TASK_RESULT_EXPIRES = 60
CELERY_APP_NAME = "a constant of the project's own"

app = Celery("shop")
app.config_from_object("cs504_old_and_new_names_mixed")


class Mixed:
    broker_url = "redis://localhost"
    CELERY_RESULT_BACKEND = "redis://localhost"  # error: CS504


class Old:
    BROKER_URL = "redis://localhost"
    CELERY_RESULT_BACKEND = "redis://localhost"


app.config_from_object(Mixed)
app.config_from_object(Old)
