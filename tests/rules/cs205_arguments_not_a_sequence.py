from celery import shared_task


@shared_task(name="a")
def a(x):
    pass


def send(order, values, pool):
    a.apply_async(args=(5))  # error: CS205
    a.apply_async(args="user-1")  # error: CS205
    a.apply_async(order.pk)  # error: CS205
    a.apply_async(args=f"user-{order}")  # error: CS205
    a.apply_async({"x": 1})  # error: CS205
    a.apply_async((5,))
    a.apply_async(args=[order.pk], countdown=5)
    a.apply_async(args=values)
    a.apply_async(order.arguments)
    a.apply_async(None, {"x": 1})
    a.apply_async(kwargs={"x": 1})
    a.apply_async(*values)
    pool.apply_async(5)
