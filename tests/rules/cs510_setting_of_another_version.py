from celery import Celery

app = Celery("shop")
app.config_from_object("cs510_setting_of_another_version", namespace="CELERY")

CELERY_SEND_TASK_ERROR_EMAILS = True  # error: CS510
CELERY_CHORD_PROPAGATES = True  # error: CS510
CELERYD_FORCE_EXECV = True  # error: CS510

# Of a version that nothing here names.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_ACKS_LATE = True
CELERY_APP_NAME = "a constant of the project's own"
CELERYD_LOG_LEVEL = "INFO"
app.log.setup(loglevel=app.settings.CELERYD_LOG_LEVEL)
