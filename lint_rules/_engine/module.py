"""One parsed file and the facts in it."""

from __future__ import annotations

import ast
from pathlib import Path

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from lint_rules._engine.facts import Call, ConfigLoad, Ref, Send, Setting, TaskCandidate
from lint_rules._engine.files import module_name
from lint_rules._engine.names import Binding, bindings, quick_bindings

CONTEXT_MANAGER = frozenset({"contextlib.contextmanager"})
ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})


class Names:
    """The names of a file; all that is needed of one that does not speak of Celery."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = module_name(path)
        self.package = self.name if path.name == "__init__.py" else self.name[:-1]
        self.bindings: dict[str, Binding] = {}
        self.classes: dict[str, list[Ref]] = {}
        self.decorated: dict[str, bool] = {}
        self.atomic_wrappers: set[str] = set()

    @classmethod
    def of(cls, path: Path, tree: ast.Module) -> Names:
        """The names that the top level of ``tree`` imports and defines."""
        names = cls(path)
        for node in tree.body:
            names.bindings.update(quick_bindings(node, names.package))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and names._wraps_atomic(node):
                names.atomic_wrappers.add(node.name)
        return names

    def _wraps_atomic(self, function: ast.FunctionDef) -> bool:
        """Whether it is a context manager that opens ``transaction.atomic``."""
        if not any(self._origin_of(d) in CONTEXT_MANAGER for d in function.decorator_list):
            return False
        return any(
            self._origin_of(item.context_expr) in ATOMIC
            for node in ast.walk(function)
            if isinstance(node, ast.With)
            for item in node.items
        )

    def _origin_of(self, node: ast.expr) -> str | None:
        node = node.func if isinstance(node, ast.Call) else node
        rest: list[str] = []
        while isinstance(node, ast.Attribute):
            rest.insert(0, node.attr)
            node = node.value
        binding = self.bindings.get(node.id) if isinstance(node, ast.Name) else None
        if binding is None or not binding.origin:
            return None
        return ".".join((*binding.origin, *rest))

    def origin(self, binding: Binding, name: str) -> str:
        """The origin of what ``name`` is bound to at module level."""
        if binding.kind == "import" and binding.origin:
            return ".".join(binding.origin)
        return ".".join((*self.name, name))


class Module(Names):
    """A file that speaks of Celery: its names, its facts, and positions on request."""

    def __init__(self, path: Path, text: str, tree: cst.Module) -> None:
        super().__init__(path)
        self.lines = text.split("\n")
        self.tree = tree
        self.bindings = bindings(tree, self.package)
        self.candidates: list[TaskCandidate] = []
        self.sends: list[Send] = []
        self.calls: list[Call] = []
        self.settings: list[Setting] = []
        self.config_loads: list[ConfigLoad] = []
        self.attributes_read: set[str] = set()
        self.defines_gen_task_name = False
        self.is_script = '__name__ == "__main__"' in text.replace("'", '"')
        self._positions: dict[cst.CSTNode, CodeRange] | None = None

    def position(self, node: cst.CSTNode) -> CodeRange:
        """Where ``node`` stands; computed for the whole file at the first request."""
        if self._positions is None:
            wrapper = MetadataWrapper(self.tree, unsafe_skip_copy=True)
            self._positions = dict(wrapper.resolve(PositionProvider))
        return self._positions[node]

    def code(self, node: cst.CSTNode) -> str:
        """The source text of ``node``."""
        return self.tree.code_for_node(node)
