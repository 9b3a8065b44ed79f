"""The app that the fault tests' workers run; configured by the environment."""

import os
import time
from pathlib import Path

import stores
from celery import Celery
from celery.exceptions import Reject, SoftTimeLimitExceeded
from kombu import Queue

from celery_safe import SafeCelery
from celery_safe.broker import register

kind = os.environ["APP"]
shorter_waits = {"worker_lost_wait": 0.5, "broker_connection_retry_on_startup": True}
if os.environ["BROKER"].startswith("redis"):
    # Plain Celery has no leases; only so does it come to an end within a test.
    shorter_waits["broker_transport_options"] = (
        {"consumer_lease": 5}
        if kind == "safe"
        else {"visibility_timeout": 6, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}
    )
shorter_waits["task_default_queue"] = os.environ["QUEUE"]  # of one test alone
if os.environ["QUEUE_TYPE"] == "quorum":
    shorter_waits["task_default_queue_type"] = "quorum"
if os.environ["BROKER"].startswith("sqlite"):
    register()
more = {}
if os.environ.get("STORE"):
    more["store"] = stores.make
app = (SafeCelery if kind == "safe" else Celery)(
    "faults", broker=os.environ["BROKER"], backend=os.environ["BACKEND"], **more
)
app.conf.update(shorter_waits)
if kind == "safe":
    app.conf.safe_max_redeliveries = int(os.environ.get("CAP", "10"))
    app.conf.safe_max_worker_losses = int(os.environ.get("CAP", "3"))
    app.conf.worker_soft_shutdown_timeout = float(os.environ.get("SOFT", "10"))
    # Of this test alone: what others on this host leave behind is not its affair.
    app.conf.safe_journal_folder = str(Path(os.environ["EFFECTS"]).parent / "starts")
    app.conf.safe_metrics_listen = os.environ.get("METRICS")
    app.conf.safe_release_rate = int(os.environ.get("RATE", "50"))
    app.conf.safe_when_store_away = os.environ.get("AWAY", "run")
if kind == "safe":
    app.conf.safe_unknown_wait = float(os.environ.get("UNKNOWN_WAIT", "86400"))
if os.environ.get("DLX"):
    app.conf.safe_dead_letter_queues = [os.environ["DLX"]]
    limited = {"x-queue-type": "quorum", "x-delivery-limit": 1, "x-dead-letter-exchange": "",
               "x-dead-letter-routing-key": os.environ["DLX"]}  # fmt: skip
    app.conf.task_queues = [Queue(os.environ["QUEUE"], queue_arguments=limited)]
if os.environ.get("BEAT"):
    app.conf.beat_schedule = {"every": {"task": "work", "schedule": 1.0, "args": (0, 0)}}


def effect(line):
    fd = os.open(os.environ["EFFECTS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, f"{line} {os.getpid()}\n".encode())
    os.close(fd)


@app.task(name="work")
def work(number, seconds):
    effect(f"start {number}")
    time.sleep(seconds)
    effect(f"end {number}")


@app.task(name="waits")
def waits(number):
    effect(f"start {number}")
    while not Path(os.environ["EFFECTS"] + ".go").exists():
        time.sleep(0.05)
    effect(f"end {number}")


@app.task(name="poison")
def poison(main=False):
    effect("poison 0")
    os.kill(os.getppid() if main else os.getpid(), 9)


@app.task(name="dies")
def dies(how, number=0):
    effect(f"dies-{how} {number}")
    if how == "exit":
        raise SystemExit(3)
    if how == "_exit":
        os._exit(4)
    if how == "child":
        os.kill(os.getpid(), 9)
    if how == "main":
        os.kill(os.getppid(), 9)
    if how == "error":
        raise ValueError("no such order")
    if how == "hang":
        try:
            time.sleep(60)
        except SoftTimeLimitExceeded:
            time.sleep(60)


@app.task(name="flaky")
def flaky():
    if os.environ.get("MENDED"):
        return "mended"
    os.kill(os.getpid(), 9)


@app.task(name="early", acks_late=False)
def early():
    os.kill(os.getpid(), 9)


@app.task(name="rejects")
def rejects():
    raise Reject("not mine", requeue=False)


@app.task(name="retries", bind=True)
def retries(self):
    """A retry for which the broker is away, once."""
    effect("retries 0")
    if Path(os.environ["EFFECTS"]).read_text().count("retries 0") > 1:
        return "done"
    with app.connection_for_write("redis://127.0.0.1:1/0") as away:
        producer = app.amqp.Producer(away, auto_declare=False)
        raise self.retry(countdown=0, producer=producer, retry=False)


if os.environ.get("KNOWS"):

    @app.task(name=os.environ["KNOWS"])
    def late(number):
        effect(f"late {number}")


@app.task(name="memory")
def memory():
    effect("memory 0")
    raise MemoryError("8 GB")


@app.task(name="errback")
def errback(request, exc, traceback):
    effect(f"errback-{type(exc).__name__} 0")
