from celery import Celery

app = Celery("shop", broker="redis://localhost")
app.conf.task_acks_late = True  # error: CS507
app.conf.worker_prefetch_multiplier = 4
