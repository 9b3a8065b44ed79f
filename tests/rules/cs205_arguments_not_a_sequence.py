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


@shared_task(name="b", bind=True)
def b(self, order, amount):
    pass


def send_names(order, order_ids, amount, args, make):
    b.apply_async((order))  # error: CS205
    b.apply_async(args=(order), queue="q")  # error: CS205
    b.apply_async(args=(order.number))  # error: CS205
    b.apply_async(
        (
            order.number  # error: CS205
        )
    )
    b.apply_async(order, amount)  # error: CS205
    a.apply_async(str(order))  # error: CS205
    b.apply_async((order, amount))
    b.apply_async((order_ids))
    b.apply_async((args))
    b.apply_async(order_ids)
    b.apply_async(args)
    b.apply_async(args=(make(order)))
    pair = (order, amount)
    b.apply_async((pair))
    b.apply_async(pair)


@shared_task(name="c")
def c(number):
    pass


def send_by_the_name_of_the_parameter(number, order):
    c.apply_async(number)  # error: CS205
    c.apply_async(args=order.number)  # error: CS205
    c.apply_async(order)


def send_a_list_of_that_name(found):
    number = [found]
    c.apply_async(number)


def send_a_tuple_of_that_name(found):
    number = tuple(found)
    c.apply_async((number))


def send_what_a_call_gave(request):
    order = json.loads(request.body)
    c.apply_async(args=(order), queue="q")  # error: CS205
    number = json.loads(request.body)
    c.apply_async(number)  # error: CS205


def send_in_other_ways(app, order, values):
    a.s(1).apply_async(order.pk)  # error: CS205
    a.si(1).apply_async(args=(5))  # error: CS205
    app.send_task("a", order.pk)  # error: CS205
    app.send_task("a", args="user-1")  # error: CS205
    app.send_task("a", args=[order.pk])
    app.send_task("a", values)
    a.signature(order.pk)  # error: CS205
    app.signature("a", args=order.pk)  # error: CS205
    app.signature("a", args=(order.pk,))
    a.apply_async({1, 2})  # error: CS205
