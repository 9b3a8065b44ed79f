"""The names of tasks, as Celery computes them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from functools import cached_property

from lint_rules._engine.constants import text
from lint_rules._engine.facts import Function, Task
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.wrappers import Definition, hidden_name

#: Methods of a text without side effects that an override of gen_task_name may call.
_METHODS = frozenset(
    {
        "endswith", "startswith", "replace", "removesuffix", "removeprefix", "split", "rsplit",
        "partition", "rpartition", "lower", "join", "strip", "format",
    }
)  # fmt: skip


class TaskNames:
    """Names of the tasks of one run.

    Args:
        tasks: all of them.
        lookup: finds the constants that names are made of.
        overrides: every ``gen_task_name`` of the project.
        definition: finds the decorators below a task's own, which may hide its name.
    """

    def __init__(
        self,
        tasks: Sequence[tuple[Module, Task]],
        lookup: Lookup,
        overrides: Iterable[Function],
        definition: Definition,
    ) -> None:
        self._tasks = tasks
        self._definition = definition
        self._lookup = lookup
        self._overrides = list(overrides)
        self._module_of = {id(task): module for module, task in tasks}

    @cached_property
    def by_name(self) -> dict[str, Task] | None:
        """Every task whose name is known; None if names are computed in a way that is not seen."""
        if self._overrides and self._made("name", "a.module") is None:
            return None
        found: dict[str, Task] = {}
        for _, task in self._tasks:
            name = self.of(task)
            if name is not None:
                found.setdefault(name, task)
        return found

    def of(self, task: Task) -> str | None:
        """The name of a task; None if it is not to be seen."""
        module = self._module_of[id(task)]
        written = task.options.get("name")
        if written is not None:
            is_none = isinstance(written.value, ast.Constant) and written.value.value is None
            if not is_none:
                return text(self._lookup, Place(written.value, module.scope, module))
        if task.has_unknown_name:
            return None
        return self.hidden(task) or self._made(task.name, ".".join(module.name))

    def hidden(self, task: Task) -> str | None:
        """The name of the wrapper that Celery sees in place of the function, and names the task after."""
        if "name" in task.options or self._overrides or task.maker is not None:
            return None
        return hidden_name(self._definition, task)

    def _made(self, name: str, module: str) -> str | None:
        if not self._overrides:
            return f"{module}.{name}"
        made = {_Generator(function).run(name, module) for function in self._overrides}
        return made.pop() if len(made) == 1 else None


class _Unseen(Exception):
    """Code that is not understood."""


class _Generator:
    """Works out a ``gen_task_name(self, name, module)`` that handles texts and nothing else."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._values: dict[str, object] = {}

    def run(self, name: str, module: str) -> str | None:
        """The name that it returns; None if it is not understood."""
        names = [a.arg for a in self._function.args.args]
        if len(names) != 3:
            return None
        self._values = {names[1]: name, names[2]: module}
        try:
            result = self._body(self._function.body)
        except (_Unseen, TypeError, ValueError, IndexError, AttributeError, KeyError):
            return None
        return result if isinstance(result, str) else None

    def _body(self, body: Sequence[ast.stmt]) -> object:
        for statement in body:
            if isinstance(statement, ast.Return) and statement.value is not None:
                return self._value(statement.value)
            if isinstance(statement, ast.If):
                result = self._body(
                    statement.body if self._value(statement.test) else statement.orelse
                )
                if result is not None:
                    return result
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self._values[statement.targets[0].id] = self._value(statement.value)
            elif not (
                isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            ):
                raise _Unseen
        return None

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._values[node.id]
        if isinstance(node, ast.JoinedStr):
            return "".join(str(self._value(part)) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            return self._value(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return str(self._value(node.left)) + str(self._value(node.right))
        if isinstance(node, ast.Subscript):
            return self._item(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -int(str(self._value(node.operand)))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compare(node)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and not node.keywords
        ):
            return self._call(node, node.func)
        raise _Unseen

    def _item(self, node: ast.Subscript) -> object:
        held = self._value(node.value)
        if not isinstance(held, str | list | tuple):
            raise _Unseen
        if isinstance(node.slice, ast.Slice):
            low, high = (
                None if part is None else int(str(self._value(part)))
                for part in (node.slice.lower, node.slice.upper)
            )
            return held[low:high]
        return held[int(str(self._value(node.slice)))]

    def _compare(self, node: ast.Compare) -> bool:
        left, right = self._value(node.left), self._value(node.comparators[0])
        if isinstance(node.ops[0], ast.Eq):
            return left == right
        if isinstance(node.ops[0], ast.In) and isinstance(right, str):
            return str(left) in right
        raise _Unseen

    def _call(self, node: ast.Call, func: ast.Attribute) -> object:
        given = [self._value(argument) for argument in node.args]
        if func.attr == "gen_task_name" and len(given) == 2:
            return f"{given[1]}.{given[0]}"
        held = self._value(func.value)
        if func.attr in _METHODS and isinstance(held, str):
            return getattr(held, func.attr)(*given)
        raise _Unseen
