"""Names followed from file to file."""

from __future__ import annotations

from lint_rules._engine.index import Index
from lint_rules._engine.module import Module
from lint_rules._engine.names import Binding

#: How many imports are followed to a definition.
_FARTHEST = 20
#: How many ``import *`` are followed from file to file.
_DEEPEST_STAR = 5


class Resolver:
    """Finds where in the project a name is defined."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._canonical: dict[str, str] = {}

    def canonical(self, origin: str) -> str:
        """Follow imports between the project's files to where a name is really defined."""
        if origin not in self._canonical:
            self._canonical[origin] = self._follow(origin)
        return self._canonical[origin]

    def _follow(self, origin: str) -> str:
        for _ in range(_FARTHEST):
            found = self._definition(origin)
            if found is None:
                return origin
            module, name, binding, rest = found
            if binding.kind == "import" and binding.origin:
                following = ".".join((*binding.origin, *rest))
            elif binding.kind == "alias" and binding.origin:
                following = self.in_module(module, (*binding.origin, *rest))
            else:
                return ".".join((*module.name, name, *rest))
            if following == origin:
                return origin
            origin = following
        return origin

    def module(self, origin: str) -> Module | None:
        """The file of a dotted name, if it is a module of the project."""
        return self._index.module(tuple(origin.split(".")))

    def definition(self, origin: str) -> tuple[Module, str, Binding] | None:
        """The module, name and binding behind a canonical origin, if it is the project's."""
        found = self._definition(self.canonical(origin))
        return found[:3] if found and not found[3] else None

    def _definition(self, origin: str) -> tuple[Module, str, Binding, tuple[str, ...]] | None:
        parts = tuple(origin.split("."))
        for cut in range(len(parts) - 1, 0, -1):
            module = self._index.module(parts[:cut])
            if module is None:
                continue
            binding = module.bindings.get(parts[cut])
            if binding is None and module.stars and not self._index.module(parts[: cut + 1]):
                binding = self._starred(module, parts[cut])
            if binding is not None:
                return module, parts[cut], binding, parts[cut + 1 :]
        return None

    def _starred(self, module: Module, name: str, depth: int = 0) -> Binding | None:
        """What ``from ... import *`` binds a name to: the last that has it, or the only one unseen."""
        unseen = []
        for base in reversed(module.stars if depth < _DEEPEST_STAR else ()):
            source = self._index.module(base)
            if source is None:
                unseen.append(base)
            elif name in source.bindings or self._starred(source, name, depth + 1):
                return Binding("import", (*base, name))
        return Binding("import", (*unseen[0], name)) if len(unseen) == 1 and not depth else None

    def is_own(self, origin: str) -> bool:
        """Whether a name is said to be in a file of the project, or brought there."""
        parts = tuple(origin.split("."))
        return self._definition(origin) is not None or self._index.module(parts[:-1]) is not None

    def in_module(self, module: Module, parts: tuple[str, ...]) -> str:
        """The origin of a dotted name at the top level of a file."""
        binding = module.bindings.get(parts[0])
        if binding is None:
            return ".".join(parts)
        return ".".join((module.origin(binding, parts[0]), *parts[1:]))
