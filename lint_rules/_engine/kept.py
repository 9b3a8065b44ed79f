"""Results of looking into a tree, kept as long as the tree is: a session checks the same one again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

Node = TypeVar("Node")
T = TypeVar("T")


def kept(compute: Callable[[Node], T]) -> Callable[[Node], T]:
    """``compute``, which depends on nothing but a node or a module, done once for each.

    What it returns must not refer to the node itself, or both stay for ever.
    """
    known: WeakKeyDictionary[Node, T] = WeakKeyDictionary()

    @wraps(compute)
    def ask(node: Node) -> T:
        if node not in known:
            known[node] = compute(node)
        return known[node]

    return ask
