"""What a message of a task may carry: its name and its parameters."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lint_rules._engine.facts import Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project


@dataclass(frozen=True, eq=False)
class Contract:
    """A task by what its senders and its messages know of it.

    ``name`` is None if it cannot be seen. ``positional`` are the parameters that may be given by
    position, without a bound task's own.
    """

    name: str | None
    module: Module
    task: Task
    positional: tuple[ast.arg, ...]
    keyword_only: tuple[ast.arg, ...]
    defaults: dict[str, ast.expr]

    @property
    def parameters(self) -> dict[str, ast.arg]:
        """All of them by name, in order."""
        return {p.arg: p for p in (*self.positional, *self.keyword_only)}

    @property
    def required(self) -> tuple[str, ...]:
        """The names of those without a default."""
        return tuple(n for n in self.parameters if n not in self.defaults)

    @property
    def order(self) -> tuple[str, ...]:
        """The names of those that may be given by position."""
        return tuple(p.arg for p in self.positional)

    @property
    def only_positional(self) -> frozenset[str]:
        """The names of those that are never given by keyword."""
        return frozenset(p.arg for p in self.task.function.args.posonlyargs)

    @property
    def takes_any_position(self) -> bool:
        """Whether it has ``*args``."""
        return self.task.function.args.vararg is not None

    @property
    def takes_any_keyword(self) -> bool:
        """Whether it has ``**kwargs``."""
        return self.task.function.args.kwarg is not None

    def messages(self, *, everything: bool) -> Iterator[Message]:
        """The messages that a sender may write: by keyword, then by position."""
        order = [n for n in self.order if everything or n not in self.defaults]
        only_keyword = [
            p.arg for p in self.keyword_only if everything or p.arg not in self.defaults
        ]
        by_keyword = [n for n in order if n not in self.only_positional]
        yield Message(len(order) - len(by_keyword), (*by_keyword, *only_keyword))
        yield Message(len(order), tuple(only_keyword))

    def extra_messages(self) -> Iterator[Message]:
        """What only ``*args`` and ``**kwargs`` take."""
        by_keyword, by_position = self.messages(everything=True)
        if self.takes_any_position:
            yield Message(by_position.positions + 1, by_position.keywords)
        if self.takes_any_keyword:
            yield Message(by_keyword.positions, (*by_keyword.keywords, "..."))

    def message_with(self, name: str) -> Message:
        """Everything that the task knows, and ``name``."""
        first = next(iter(self.messages(everything=True)))
        return Message(first.positions, (*first.keywords, name))

    def error(self, message: Message) -> str | None:
        """What Python raises when a worker runs the task with ``message``; None if it fits."""
        positions = message.positions + (1 if self.task.is_bound else 0)
        try:
            _stub(self.task.function.args)(*[None] * positions, **dict.fromkeys(message.keywords))
        except TypeError as error:
            return f"TypeError: {error}".replace("<lambda>", self.task.name)
        return None


@dataclass(frozen=True)
class Message:
    """How many arguments go by position, and the names of those that go by keyword."""

    positions: int
    keywords: tuple[str, ...]

    def translated(self, renamed: Mapping[str, str], to: Contract) -> Message:
        """The same with today's names, without what ``to`` does not know."""
        names = (renamed.get(n, n) for n in self.keywords)
        return Message(self.positions, tuple(n for n in names if n in to.parameters))


def first_error(contract: Contract, messages: Sequence[Message]) -> str | None:
    """The first error of ``messages`` in a worker that has ``contract``."""
    return next((e for m in messages if (e := contract.error(m)) is not None), None)


def _stub(arguments: ast.arguments) -> Callable[..., None]:
    """A function with these parameters that does nothing: Python itself tells what does not fit.

    Nothing of the checked code is run: defaults are None, and annotations are gone.
    """
    args = copy.deepcopy(arguments)
    for one in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if one is not None:
            one.annotation = None
    args.defaults = [ast.Constant(None) for _ in args.defaults]
    args.kw_defaults = [d and ast.Constant(None) for d in args.kw_defaults]
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(args, ast.Constant(None))))
    stub: Callable[..., None] = eval(compile(tree, "<task>", "eval"), {})
    return stub


#: Modules whose tasks no worker runs.
_TEST = re.compile(r"tests?|testing|test_\w*|\w*_tests?|conftest")


def all_contracts(project: Project) -> list[Contract]:
    """Those of every task that a worker may run: not of those in tests or made inside of functions."""
    return [
        contract_of(project, module, task)
        for module, task in project.tasks()
        if task.is_top_level and not any(map(_TEST.fullmatch, module.name))
    ]


def contract_of(project: Project, module: Module, task: Task) -> Contract:
    """The contract of a task."""
    args = task.function.args
    every = [*args.posonlyargs, *args.args]
    pairs = dict(zip([a.arg for a in reversed(every)], reversed(args.defaults), strict=False))
    pairs |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d}
    own = 1 if task.is_bound else 0
    name = project.name_of(task)
    return Contract(name, module, task, tuple(every[own:]), tuple(args.kwonlyargs), pairs)
