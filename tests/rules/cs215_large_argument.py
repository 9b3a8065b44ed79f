import base64

from celery import shared_task
from django.template.loader import render_to_string


@shared_task(name="a")
def a(x, y=None):
    return x


def view(request, file, serializer):
    a.delay(file.read())  # error: CS215
    a.delay(1, y=render_to_string("mail.html", {}))  # error: CS215
    a.apply_async((base64.b64encode(file.read()).decode(),))  # error: CS215
    a.apply_async(kwargs={"x": request.body})  # error: CS215
    a.delay(serializer.data)  # error: CS215
    page = render_to_string("mail.html", {})
    a.delay(page)  # error: CS215
    a.delay(base64.b64encode(request.query_string).decode())
    a.delay(file.read(16))
    a.delay(file.name)
    a.delay(request.data)
    a.delay(len(file.read()))
    print(file.read())
