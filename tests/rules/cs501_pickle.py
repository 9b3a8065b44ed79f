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
