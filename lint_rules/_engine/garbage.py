"""Keeps Python's cyclic garbage collector out of the way of what is large and stays."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collector() -> Iterator[None]:
    """Without the cyclic garbage collector: trees are many objects that stay, and it halves the time."""
    was_on = gc.isenabled()
    gc.disable()
    # At its end the interpreter would look through all of them once more, as long as the run took.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        if was_on:
            gc.enable()
