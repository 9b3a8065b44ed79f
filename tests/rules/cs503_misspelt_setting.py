# Loaded by its last line: this file is its own settings module.
from celery import Celery

CELERY_ALREADY_EAGER = True  # error: CS503
CELERY_IGNORE_RESULTS = True  # error: CS503
CELERY_TASK_ROUTE = {}  # error: CS503
CELERYD_CONCURENCY = 4  # error: CS503
CELERY_WORKER_PREFETCH_MULTIPLYER = 1  # error: CS503
CELERY_SOFT_TIME_LIMIT = 60  # error: CS503
CELERY_TASK_RESULTS_EXPIRES = env("CELERY_TASK_RESULTS_EXPIRES")  # error: CS503
CELERY_WORKER_TASK_TIME_LIMIT = 60  # error: CS503
CELERY_SERIALIZER = "of tasks or of results"
CELERY_CONCURRENCY = 4  # error: CS503

CELERY_TASK_ALWAYS_EAGER = False
CELERY_APP_NAME = "a constant of the project's own"
CELERY_RETRY_BACKOFF = 3
CELERY_WORKER_LIGHT_CONCURRENCY = 2
CELERY_BEAT_DISABLED = True
CELERY_ENABLED = True
CELERY_TASK_STATUSES = []
CELERY_TASK_QUEUE = "read below"
BROKER_HOSTS = CELERY_TASK_QUEUE

app = Celery("shop", task_acks_latee=True)  # error: CS503
app.config_from_object("cs503_misspelt_setting")
app.conf.update(
    task_serialiser="json",  # error: CS503
    task_acks_late=True,
    shop_name="own",
)
app.conf.worker_prefetch_multiplyer = 1  # error: CS503
app.conf["result_expire"] = 60  # error: CS503
app.conf.task_default_base = "own"
app.conf.ONCE = {}
other = Celery("shop", broker="redis://localhost", set_as_current=False, task_cls="x")


MORE = {"task_acks_latte": True}  # error: CS503


class Config:
    task_track_startd = True  # error: CS503
    shop_name = "own"


app.conf.update(MORE)
app.conf.update({"result_expire_s": 5, "task_acks_lade": True})  # error: CS503
app.config_from_object(Config)
conf = app.conf
conf.task_ignor_result = True  # error: CS503
