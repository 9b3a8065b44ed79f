"""The calls that rules ask for, by what is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lint_rules._engine.facts import Call
from lint_rules._engine.kept import kept
from lint_rules._engine.module import Module

_ON_COMMIT = re.compile(r"\.on_(\w+_)?commit$")
#: Calls with their numbers in the file.
_Numbered = list[tuple[int, Call]]


#: Where Celery had it before 5.0: projects on an older one import it from there.
_OLD = {"celery.task.schedules.crontab": "celery.schedules.crontab"}


class Called:
    """The calls of all files of a run.

    Args:
        canonical: follows a name to where it is defined.
    """

    def __init__(self, modules: Sequence[Module], canonical: Callable[[str], str]) -> None:
        self._modules = modules
        #: By origin: the numbers of modules, and the calls there.
        self._found: dict[str, list[tuple[int, _Numbered]]] = {}
        for n, module in enumerate(modules):
            for origin, calls in _by_origin(module).items():
                home = canonical(origin)
                self._found.setdefault(_OLD.get(home, home), []).append((n, calls))

    def of(self, *origins: str) -> Iterator[tuple[Module, Call]]:
        """Every call whose callee is one of ``origins``, through any re-export, in order."""
        found = {
            (n, m): call
            for origin in origins
            for n, calls in self._found.get(origin, ())
            for m, call in calls
        }
        return ((self._modules[n], found[n, m]) for n, m in sorted(found))

    def on_commit(self) -> Iterator[tuple[Module, Call]]:
        """Every ``on_commit(...)`` of Django, and of a function of the project called like it."""
        return self.of(*filter(_ON_COMMIT.search, self._found))


@kept
def _by_origin(module: Module) -> dict[str, _Numbered]:
    found: dict[str, _Numbered] = {}
    for n, call in enumerate(module.calls):
        if call.callee.origin:
            found.setdefault(call.callee.origin, []).append((n, call))
    return found
