"""What only the index asks of a file: who stands around a call, all contexts, pipes of signatures."""

from __future__ import annotations

import ast

from lint_rules._engine import syntax
from lint_rules._engine.collect import _Collector
from lint_rules._engine.facts import Context, Function
from lint_rules._engine.module import Module

#: A place in a file, as the parser counts: line from 1, offset in bytes from 0.
At = tuple[int, int]


class Deep(_Collector):
    """Walks a file once more; lint has no need of what this gathers."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        #: The names around each call, and where the functions among them stand.
        self.around: dict[At, tuple[str, tuple[At, ...]]] = {}
        #: What each call's value is bound to, and the functions it stands in.
        self.bound_to: dict[At, str] = {}
        self.contexts_at: dict[At, tuple[ast.expr, Context]] = {}
        self.bodies: dict[At, tuple[str, int]] = {}
        self.pipes: list[ast.BinOp] = []
        self.is_whole = True
        self._names: list[str] = []
        self._functions_at: list[At] = []

    def visit_FunctionDef(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.bodies[at(decorator)] = ("decorator", node.end_lineno or node.lineno)
        self._names.append(node.name)
        self._functions_at.append(at(node))
        super().visit_FunctionDef(node)
        self._functions_at.pop()
        self._names.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.bodies[at(decorator)] = ("decorator", node.end_lineno or node.lineno)
        self._names.append(node.name)
        super().visit_ClassDef(node)
        self._names.pop()

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.bodies[at(item.context_expr)] = ("with", node.end_lineno or node.lineno)
        super().visit_With(node)

    def context(self, node: ast.expr) -> Context:
        context = super().context(node)
        if at(node) in self.bodies:  # else it is a part of one, as in method_decorator(atomic)
            self.contexts_at[at(node)] = (node, context)
        return context

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.value, ast.Call):
            self.bound_to[at(node.value)] = ast.unparse(node.targets[0])
        super().visit_Assign(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.around[at(node)] = (".".join(self._names), tuple(self._functions_at))
        super().visit_Call(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.BitOr):
            self.pipes.append(node)
        self.generic_visit(node)


def look_into(module: Module) -> Deep:
    """The file of a module, walked again; ``is_whole`` says whether to its end."""
    deep = Deep(Module(module.path, module.name, module.text))
    try:
        deep.visit(syntax.parse(module.text))
    except RecursionError:
        deep.is_whole = False
    else:
        deep.finish()
    return deep


def at(node: ast.expr | ast.stmt) -> At:
    """Where a node stands, in any tree of the same file."""
    return node.lineno, node.col_offset
