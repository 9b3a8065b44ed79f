"""Options that are given to a signature before it is sent: ``charge.s(1).set(countdown=60)``."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Arg, Site, arguments
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project

_GIVEN_HERE = frozenset({"countdown", "eta", "expires", "queue"})


def set_options(project: Project) -> Iterator[tuple[Module, Site, Arg]]:
    """Every one of those that rules look at, of a signature or canvas that is known to be one."""
    for module in project.modules:
        for site in module.sites_by_name.get("set", ()):
            given = [a for a in arguments(site.call) if a.keyword in _GIVEN_HERE]
            held = getattr(site.call.func, "value", None)
            if not given or held is None:
                continue
            if project.target_at(Place(held, site.scope, module)).kind in ("signature", "canvas"):
                yield from ((module, site, arg) for arg in given)
