"""The index as a graph: code and tasks, and the sends between them."""

from __future__ import annotations

import fnmatch
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from lint_rules._engine.diagram.when import short, when
from lint_rules._engine.inventory.records import BeatEntry, Inventory, SendEntry, TaskEntry
from lint_rules._engine.started import CALLED

TASK, CODE, OUTSIDE = "task", "code", "outside"
DEFAULT_QUEUE = "default queue"
_COMPUTED = "by a computed queue"
_SENDS = frozenset(
    {"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "send_task", CALLED}
)


@dataclass(frozen=True)
class Badge:
    """What is said about a task behind its name; ``is_schedule`` if it is when the task is due."""

    text: str
    is_schedule: bool = False


@dataclass(frozen=True)
class Node:
    """A task, a module with code that sends, or a task that is in none of the files.

    ``group`` is the module that a task is in, ``badges`` are schedules and further queues.
    """

    key: str
    label: str
    kind: str
    group: str
    queue: str
    badges: tuple[Badge, ...]
    place: str


@dataclass
class Edge:
    """All sends from one node to another; ``in_transaction`` if one of them stands in one."""

    source: str
    target: str
    places: list[str] = field(default_factory=list)
    in_transaction: bool = False


@dataclass(frozen=True)
class Graph:
    """What a map shows; ``notes`` say what it leaves out, ``prefix`` what all names begin with."""

    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    prefix: str
    notes: tuple[str, ...]

    @property
    def tasks(self) -> list[Node]:
        """The nodes that are tasks, of the project or not."""
        return [n for n in self.nodes.values() if n.kind != CODE]

    def name(self, node: Node) -> str:
        """The name of a task without what all names begin with."""
        return node.key.removeprefix(self.prefix)


def of(inventory: Inventory) -> Graph:
    """The whole graph; tests are left out."""
    in_tests = _tests(inventory)
    tasks = {_key(t): t for t in inventory.tasks if not in_tests(t.path)}
    sends = [s for s in inventory.sends if not in_tests(s.path)]
    beat: dict[str, list[BeatEntry]] = {}
    for entry in inventory.beat:
        name = entry.resolved or (entry.task if entry.is_certain else None)
        if name and not in_tests(entry.path):
            beat.setdefault(name, []).append(entry)
    prefix = _common([t.module for t in tasks.values()] + [s.module for s in sends if s.tasks])
    queues = _queues(tasks, sends, beat)
    again = {s.task for s in sends if s.task and s.task == s.sender_task}
    nodes: dict[str, Node] = {}
    for key, task in tasks.items():
        first, *others = queues[key]
        badges = [Badge("sends itself")] if key in again else []
        badges += [Badge(f"also {short(queue)}") for queue in others]
        nodes[key] = _task_node(
            key, task, first, _few((*_badges(beat.get(key, ())), *badges)), prefix
        )
    for name in sorted(beat.keys() - nodes.keys()):
        place = f"{beat[name][0].path}:{beat[name][0].line}"
        nodes[name] = Node(
            name, name, OUTSIDE, "", "not in these files", _few(_badges(beat[name])), place
        )
    edges = _edges(sends, nodes, prefix)
    lost = sum(1 for s in sends if s.why is not None)
    note = f"sends that resolve to no task here: {lost}, celery-safe index tells why"
    return Graph(nodes, tuple(edges), prefix, (note,) if lost else ())


def _tests(inventory: Inventory) -> Callable[[str], bool]:
    """Whether a file is a test or belongs to tests; what all paths begin with does not count."""
    paths = [t.path for t in inventory.tasks] + [s.path for s in inventory.sends]
    paths += [entry.path for entry in inventory.beat]
    folders = {Path(path).absolute().parent for path in paths}
    common = os.path.commonpath(folders) if folders else ""

    def in_tests(path: str) -> bool:
        inner = PurePath(os.path.relpath(path, common or "."))
        return (
            bool({"tests", "test", "testing"} & set(inner.parts[:-1]))
            or inner.stem.startswith("test_")
            or inner.stem.endswith(("_test", "_tests"))
            or inner.stem in ("conftest", "tests")
        )

    return in_tests


def _key(task: TaskEntry) -> str:
    return task.name or f"{task.module}.{task.function}"


def _task_node(
    key: str, task: TaskEntry, queue: str, badges: tuple[Badge, ...], prefix: str
) -> Node:
    home = f"{task.module}."
    label = key.removeprefix(home) if key.startswith(home) else key.removeprefix(prefix)
    group = task.module.removeprefix(prefix) or task.module
    return Node(key, label, TASK, group, queue, badges, f"{task.path}:{task.line}")


def _few(badges: tuple[Badge, ...]) -> tuple[Badge, ...]:
    """At most two, and how many more."""
    return badges if len(badges) < 3 else (*badges[:2], Badge(f"+{len(badges) - 2}"))


def _badges(beat: Iterable[BeatEntry]) -> tuple[Badge, ...]:
    times = Counter(when(entry) for entry in beat)
    return tuple(
        Badge(text if n == 1 else f"{text} ({n} times)", is_schedule=True)
        for text, n in times.items()
    )


def _queues(
    tasks: dict[str, TaskEntry], sends: Iterable[SendEntry], beat: dict[str, list[BeatEntry]]
) -> dict[str, list[str]]:
    """The queues of each task: its own first, unless nothing is sent there."""
    own = {k: t.queue or t.options.get("queue") or DEFAULT_QUEUE for k, t in tasks.items()}
    used: dict[str, Counter[str]] = {key: Counter() for key in tasks}
    for send in sends:
        if send.task in used and send.method in _SENDS:
            is_named = "queue" in send.options or "queue=" in send.receiver
            queue = send.queue or _COMPUTED if is_named else own[send.task]
            used[send.task][queue if "queue=" not in send.receiver else _COMPUTED] += 1
    for key, entries in beat.items():
        for entry in entries if key in used else ():
            used[key][entry.queue or own[key]] += 1
    found = {}
    for key, counts in used.items():
        names = [name for name, _ in counts.most_common() if name not in (own[key], _COMPUTED)]
        is_own = not names or own[key] in counts
        found[key] = [own[key]] * is_own + names + [_COMPUTED] * (_COMPUTED in counts)
    return found


def _edges(sends: Iterable[SendEntry], nodes: dict[str, Node], prefix: str) -> list[Edge]:
    edges: dict[tuple[str, str], Edge] = {}
    for send in sends:
        targets = [name for name in send.tasks if name in nodes]
        source = send.sender_task or ""
        if targets and source not in nodes:
            source = f"code {send.module}"
            label = send.module.removeprefix(prefix) or send.module
            nodes.setdefault(source, Node(source, label, CODE, "", "", (), send.path))
        for target in targets:
            edge = edges.setdefault((source, target), Edge(source, target))
            edge.places.append(f"{send.path}:{send.line}")
            edge.in_transaction = edge.in_transaction or send.in_transaction
    return list(edges.values())


def _common(names: list[str]) -> str:
    """``shop.`` if all names are ``shop`` or below it."""
    first = {name.partition(".")[0] for name in names}
    return f"{first.pop()}." if len(first) == 1 and all("." in n for n in names) else ""


def narrowed(graph: Graph, pattern: str, depth: int) -> Graph:
    """The tasks whose name fits a glob pattern, and what is up to ``depth`` sends away."""
    shown = {
        n.key
        for n in graph.tasks
        if fnmatch.fnmatchcase(n.key, pattern) or fnmatch.fnmatchcase(n.label, pattern)
    }
    for _ in range(depth):
        near = {e.source for e in graph.edges if e.target in shown}
        near |= {e.target for e in graph.edges if e.source in shown}
        shown |= near
    return Graph(
        {k: n for k, n in graph.nodes.items() if k in shown},
        tuple(e for e in graph.edges if e.source in shown and e.target in shown),
        graph.prefix,
        (),
    )


def largest_modules(graph: Graph, count: int = 5) -> list[tuple[str, int]]:
    """The packages with the most tasks, as patterns for names."""
    held = Counter(key.rpartition(".")[0] for key in (n.key for n in graph.tasks) if "." in key)
    return held.most_common(count)
