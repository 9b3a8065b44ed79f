"""What type checkers are told of Celery's classes is there at run time, with every Celery."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path
from typing import Any, get_args

import pytest

import celery_safe
from celery_safe import (
    NoRunningTask,
    SafeCelery,
    SafeTask,
    current_task,
    keywords,
    options,
    shared_task,
)
from celery_safe._celery import Signature
from celery_safe._context import Context
from celery_safe.result import SafeResult

STUB = Path(celery_safe.__file__).with_name("_celery.pyi")
AT_RUN_TIME = {"Signature": Signature, "AsyncResult": SafeResult, "Task": SafeTask}
#: Set on the instance, or only where Django is.
BY_OTHER_MEANS = {"delay_on_commit", "apply_async_on_commit", "__or__"}
#: Options that an older Celery does not have.
NEWER = {"acks_on_failure", "acks_on_timeout", "retry_on_worker_lost", "pydantic"}


def members(name: str, stub: Path = STUB) -> dict[str, ast.AST]:
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    cls = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == name)
    return {
        getattr(node, "name", None) or node.target.id: node  # type: ignore[attr-defined]
        for node in cls.body
        if isinstance(node, ast.FunctionDef | ast.AnnAssign)
    }


@pytest.mark.parametrize("name", AT_RUN_TIME)
def test_every_name_is_there(name: str) -> None:
    app = SafeCelery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)

    @app.task(name="shop.charge", shared=False)
    def task() -> None: ...

    real: Any = {"Task": task, "Signature": task.s(), "AsyncResult": SafeResult("1", app=app)}[name]
    wanted = members(name).keys() - BY_OTHER_MEANS
    assert len(wanted) > 10
    assert {n for n in wanted if not hasattr(real, n)} == set()


def test_every_name_of_a_request_is_there() -> None:
    wanted = members("Context", STUB.with_name("_context.pyi"))
    assert len(wanted) > 20
    assert {name for name in wanted if not hasattr(Context(), name)} == set()


@pytest.mark.parametrize("name", AT_RUN_TIME)
def test_every_parameter_is_there(name: str) -> None:
    for method, node in members(name).items():
        # Only functions: to ask a task's class for its app binds it to one.
        is_function = isinstance(node, ast.FunctionDef)
        real = getattr(AT_RUN_TIME[name], method, None) if is_function else None
        if not inspect.isfunction(real):
            continue
        found = inspect.signature(inspect.unwrap(real)).parameters
        if any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in found.values()):
            continue
        assert isinstance(node, ast.FunctionDef)
        given = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)} - {"self", "cls"}
        assert given <= found.keys(), (name, method)


def test_options_are_those_that_the_runtime_knows() -> None:
    assert keywords.CallOptions.__annotations__.keys() <= options.send_options()
    known = options.task_options(SafeTask)
    assert {
        name
        for name in keywords.TaskOptions.__annotations__.keys() - known - NEWER
        if not name.startswith("pydantic_")
    } == set()


def test_a_class_may_name_its_signature() -> None:
    class Import(SafeTask[[str], int]):
        name = "shop.import"

        def run(self, path: str) -> int:
            return len(path)

    app = SafeCelery("shop", broker="memory://", set_as_current=False)
    app.conf.task_always_eager = True
    assert app.register_task(Import()).delay("abc").get() == 3
    assert get_args(SafeResult[int]) == (int,)


def test_current_task_is_the_one_that_runs() -> None:
    app = SafeCelery("shop", broker="memory://")
    app.conf.task_always_eager = True

    def where() -> tuple[str, str | None]:
        return current_task().name, current_task().request.id

    @app.task(name="shop.outer", shared=False)
    def outer() -> list[Any]:
        return [where(), inner.apply().get(disable_sync_subtasks=False), where()]

    @app.task(name="shop.inner", shared=False)
    async def inner() -> Any:
        return where(), await asyncio.to_thread(lambda: current_task().name)

    (before, (inside, in_thread), after) = outer.apply(task_id="1").get()
    assert before == after == ("shop.outer", "1")
    assert inside[0] == in_thread == "shop.inner"
    with pytest.raises(NoRunningTask, match="argument"):
        current_task()


def test_shared_task_is_a_task_of_the_app() -> None:
    @shared_task(name="shop.shared_typed", bind=True)
    def charge(self: SafeTask, order_id: int) -> str:
        return f"{self.name} {order_id}"

    app = SafeCelery("shop", broker="memory://")
    app.conf.task_always_eager = True
    assert charge.delay(7).get() == "shop.shared_typed 7"
    assert isinstance(charge, SafeTask)
