"""The calls that rules ask for, by what is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lint_rules._engine.facts import Call
from lint_rules._engine.module import Module

_ON_COMMIT = re.compile(r"\.on_(\w+_)?commit$")


class Called:
    """The calls of all files of a run.

    Args:
        canonical: follows a name to where it is defined.
    """

    def __init__(self, modules: Sequence[Module], canonical: Callable[[str], str]) -> None:
        self._calls = [(module, call) for module in modules for call in module.calls]
        #: Where the calls of an origin are in the list.
        self._places: dict[str, list[int]] = {}
        for place, (_, call) in enumerate(self._calls):
            if call.callee.origin:
                self._places.setdefault(canonical(call.callee.origin), []).append(place)

    def of(self, *origins: str) -> Iterator[tuple[Module, Call]]:
        """Every call whose callee is one of ``origins``, through any re-export."""
        places = sorted(place for origin in origins for place in self._places.get(origin, ()))
        return (self._calls[place] for place in places)

    def on_commit(self) -> Iterator[tuple[Module, Call]]:
        """Every ``on_commit(...)`` of Django, and of a function of the project called like it."""
        return self.of(*filter(_ON_COMMIT.search, self._places))
