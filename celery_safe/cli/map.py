"""``celery-safe map``: who sends what, through which queue, on which schedule, as a picture."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lint_rules._engine.diagram.graph import Graph

#: Beyond so many tasks a picture is no longer read.
MAX_TASKS = 250


@click.command(
    "map",
    epilog="""\b
Examples:
  celery-safe map . -o map.svg
  celery-safe map . --task 'shop.orders.*' --output-format mermaid
  celery-safe map . --task shop.charge --depth 2 -o charge.svg""",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output-format", type=click.Choice(["svg", "mermaid", "dot"]), default="svg",
    show_default=True, help="The kind of picture.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write it here instead of printing it.",
)  # fmt: skip
@click.option("--task", metavar="PATTERN", help="Only the tasks of this name, such as 'shop.*'.")
@click.option(
    "--depth", type=click.IntRange(min=0), metavar="N",
    help="With --task: what is up to N sends away too.  [default: 1]",
)  # fmt: skip
@click.option(
    "--max-tasks", type=click.IntRange(min=1), default=MAX_TASKS, show_default=True, metavar="N",
    help="Draw nothing if there are more tasks.",
)  # fmt: skip
def command(
    paths: tuple[Path, ...],
    output_format: str,
    output: Path | None,
    task: str | None,
    depth: int | None,
    max_tasks: int,
) -> None:
    """Draw the tasks in PATHS: who sends what, through which queue, on which schedule.

    Exit code 0: drawn. 2: not drawn, or drawn without a file that could not be read.
    """
    if depth is not None and task is None:
        raise click.UsageError("--depth goes with --task")
    if importlib.util.find_spec("libcst") is None:
        raise _failure("needs libcst: pip install 'celery-safe[lint]'")
    from lint_rules._engine.config import ConfigError
    from lint_rules._engine.diagram import graph as graphs
    from lint_rules._engine.inventory import of_paths

    try:
        inventory = of_paths(paths)
    except ConfigError as error:
        raise _failure(str(error)) from error
    graph = graphs.of(inventory)
    if task is not None:
        names = [n.key for n in graph.tasks]
        graph = graphs.narrowed(graph, task, 1 if depth is None else depth)
        if not graph.tasks:
            raise _failure(f"no task is called {task!r}{_near(task, names)}")
    _refuse_too_large(graph, max_tasks)
    title = paths[0].resolve().name if len(paths) == 1 else ", ".join(map(str, paths))
    _write(_drawn(graph, title, output_format), output)
    unread = [u for u in inventory.unknowns if u.kind == "file"]
    for one in unread:
        click.echo(f"celery-safe map: {one.path} {one.what}", err=True)
    raise SystemExit(2 if unread else 0)


def _drawn(graph: Graph, title: str, output_format: str) -> str:
    from lint_rules._engine.diagram import dot, mermaid, svg

    if output_format == "svg":
        return svg.as_svg(graph, title)
    if output_format == "dot":
        return dot.as_dot(graph, title)
    text = mermaid.as_mermaid(graph, title)
    if len(graph.edges) > mermaid.MAX_EDGES or len(text) > mermaid.MAX_TEXT:
        click.echo(
            f"celery-safe map: {len(graph.edges)} links and {len(text)} characters are more than "
            f"Mermaid draws unless maxEdges ({mermaid.MAX_EDGES}) and maxTextSize "
            f"({mermaid.MAX_TEXT}) are raised; narrow the map with --task",
            err=True,
        )
    return text


def _refuse_too_large(graph: Graph, max_tasks: int) -> None:
    from lint_rules._engine.diagram.graph import largest_modules

    count = len(graph.tasks)
    if count <= max_tasks:
        return
    modules = "\n".join(
        f"  --task '{name}.*'   {size} tasks" for name, size in largest_modules(graph)
    )
    raise _failure(
        f"{count} tasks are too many to be read in one picture (--max-tasks {max_tasks}).\n"
        f"Narrow it with --task and --depth; the largest modules are:\n{modules}"
    )


def _near(pattern: str, names: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(pattern, names, 1)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f"; there are {len(names)}, such as {names[0]!r}" if names else "; there are none"


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _failure(f"{output} cannot be written: {error.strerror}") from error


def _failure(message: str) -> SystemExit:
    click.echo(f"celery-safe map: {message}", err=True)
    return SystemExit(2)
