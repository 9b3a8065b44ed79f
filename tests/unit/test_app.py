"""SafeCelery as a drop-in."""

import inspect
import pickle
import subprocess
import sys
import warnings

import pytest
from celery import Celery, Task, shared_task

from celery_safe import SafeCelery, UnnamedTask, UnnamedTaskWarning


@pytest.fixture
def app():
    return SafeCelery("shop", broker="memory://", set_as_current=False)


def test_a_task_is_safe_whatever_its_base(app):
    @app.task(name="shop.a", shared=False)
    def a():
        pass

    @app.task(name="shop.b", shared=False, base=Task, bind=True)
    def b(self):
        return self.name

    assert (a.acks_late, a.reject_on_worker_lost) == (True, True)
    assert (a.time_limit or app.conf.task_time_limit) == 60  # the worker's rule
    assert (b.acks_late, b.reject_on_worker_lost, b()) == (True, True, "shop.b")


def test_a_shared_task_is_safe_and_never_refused():
    app = SafeCelery("shop", broker="memory://", strict=True)

    @shared_task
    def anything():
        pass

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        app.finalize()
    assert app.tasks[anything.name].acks_late is True


def test_a_shared_task_in_another_thread_uses_the_app():
    code = (
        "import threading; from celery import current_app; from celery_safe import SafeCelery\n"
        "app = SafeCelery('shop', broker='memory://'); seen = []\n"
        "t = threading.Thread(target=lambda: seen.append(current_app.main)); t.start(); t.join(); print(seen[0])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "shop\n"
    )


@pytest.mark.parametrize(
    "limits",
    [{"time_limit": 30}, {"soft_time_limit": 600}, {"time_limit": 9, "soft_time_limit": 5}],
)
def test_a_tasks_own_limit_never_breaks_its_delay(app, limits):
    @app.task(name="shop.pay", shared=False, **limits)
    def pay():
        pass

    pay.delay()
    hard, soft = app.conf.task_time_limit, app.conf.task_soft_time_limit
    assert (pay.soft_time_limit or soft) < (pay.time_limit or hard)  # the worker's rule
    for name, value in limits.items():
        assert getattr(pay, name) == value


def test_an_unnamed_task_is_one_warning_with_the_line_to_write(app):
    with pytest.warns(UnnamedTaskWarning, match=r'@app\.task\(name=".*test_app\.pay"\)') as seen:

        @app.task
        def pay():
            pass

    assert len(seen) == 1


def test_an_unnamed_task_is_refused_under_strict_where_it_is_decorated():
    app = SafeCelery("shop", broker="memory://", set_as_current=False, strict=True)
    for decorate in (app.task, app.task(bind=True)):
        with pytest.raises(UnnamedTask, match="name="):
            decorate(lambda self=None: None)


def test_an_unnamed_shared_task_is_one_warning_and_never_refused():
    app = SafeCelery("shop", broker="memory://", strict=True)

    @shared_task
    def pay_shared():
        pass

    with pytest.warns(UnnamedTaskWarning, match=r'Write @shared_task\(name=".*pay_shared"\)'):
        app.finalize()
    assert pay_shared.name in app.tasks


class Pay(Task):
    def run(self):
        return self.name


def test_an_unnamed_class_is_one_warning_or_refused_under_strict(app, monkeypatch):
    line = r'Write name = ".*test_app\.Pay" in the class'
    with pytest.warns(UnnamedTaskWarning, match=line) as seen:
        pay = app.register_task(Pay())
    assert (len(seen), pay()) == (1, pay.name)
    strict = SafeCelery("shop", broker="memory://", set_as_current=False, strict=True)
    with pytest.raises(UnnamedTask, match=line):
        strict.register_task(Pay)
    assert pay.name not in strict.tasks
    monkeypatch.setattr("celery_safe.decorators.is_third_party", lambda _: True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        strict.register_task(Pay())


@pytest.mark.parametrize("name", ["send_task", "task", "register_task", "finalize"])
def test_what_instrumentation_wraps_takes_celerys_arguments(name):
    ours, theirs = (inspect.signature(getattr(c, name)).parameters for c in (SafeCelery, Celery))
    assert [p.kind for p in ours.values()] == [p.kind for p in theirs.values()]
    named = [p.name for p in theirs.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert set(named) <= set(ours)


def test_a_task_has_celerys_signature_of_apply_async(app):
    assert inspect.signature(app.Task.apply_async) == inspect.signature(Task.apply_async)


def test_a_named_task_warns_of_nothing(app):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app.task(name="shop.pay", shared=False)(lambda: None)


def test_strict_and_waivers_survive_pickling():
    app = SafeCelery(
        "shop", set_as_current=False, strict=True, waive={"accept_content": "until Q3"}
    )
    copy = pickle.loads(pickle.dumps(app))
    assert (copy.strict, copy.waivers) == (True, {"accept_content": "until Q3"})


@pytest.mark.parametrize(("given", "seen"), [({}, 10), ({"confirm_timeout": 3}, 3)])
def test_a_publish_waits_for_its_confirm_only_so_long(app, monkeypatch, given, seen):
    options = {}
    app.amqp.send_task_message = lambda *a, **k: options.update(k)
    app.send_task("shop.pay", **given)
    assert options["confirm_timeout"] == seen
