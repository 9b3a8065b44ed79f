import os

from celery import Celery, shared_task
from somewhere import other

app = Celery("shop", accept_content=["json", "pickle"])  # error: CS501
app.conf.task_serializer = "pickle"  # error: CS501
app.conf["result_serializer"] = "pickle"  # error: CS501
app.conf.update(accept_content={"application/x-python-serialize"})  # error: CS501
app.conf.update({"event_serializer": "json", "task_serializer": "pickle"})  # error: CS501
CELERY_ACCEPT_CONTENT = [
    "json",
    "pickle",  # error: CS501
]
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT += ["pickle"]  # error: CS501


class CeleryConfig:
    task_serializer = "pickle"  # error: CS501
    accept_content = ("json",)


class Unrelated:
    task_serializer = "pickle"


@app.task(name="a", serializer="pickle")  # error: CS501
def a():
    other.dump(serializer="pickle")


@shared_task(name="b", serializer="json")
def b():
    a.apply_async(serializer="pickle")  # error: CS501
    a.delay(serializer="pickle")
    app.send_task("a", serializer="pickle")  # error: CS501


PICKLE = "pickle"
OPTIONS = {"serializer": PICKLE}
CELERY_RESULT_SERIALIZER = os.environ.get("SERIALIZER", "pickle")  # error: CS501
CELERY_EVENT_SERIALIZER = PICKLE if DEBUG else "json"  # error: CS501
CELERY_ACCEPT_CONTENT.append("pickle")  # error: CS501
CELERY_RESULT_ACCEPT_CONTENT = os.environ.get("pickle", "json")
CELERY = {"task_serializer": PICKLE}  # error: CS501
flask.config["CELERY"] = {"task_serializer": "pickle"}  # error: CS501
flask.config.from_mapping(CELERY=dict(task_serializer="pickle"), OTHER={"a": "pickle"})  # error: CS501
app.conf.accept_content = frozenset(["json", PICKLE])  # error: CS501
app.conf.setdefault("task_serializer", "pickle")  # error: CS501
app.add_defaults({"task_serializer": "pickle"})  # error: CS501
setattr(app.conf, "task_serializer", "pickle")  # error: CS501
conf = app.conf
conf.result_serializer = "pickle"  # error: CS501


class Loaded:
    result_serializer = "pickle"  # error: CS501


app.config_from_object(Loaded)


@shared_task(name="c", **OPTIONS)  # error: CS501
def c():
    a.apply_async(**OPTIONS)  # error: CS501
