"""The ``celery-safe`` command: one module of this package per subcommand, loaded when it runs."""

from __future__ import annotations

import difflib
import importlib
import pkgutil

import click


class Commands(click.Group):
    """The modules of this package without underscore; each has its click command under the name ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (of the base class)
        """Names of all subcommands."""
        return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Load one subcommand; refuses an unknown one with the nearest right name."""
        names = self.list_commands(ctx)
        if cmd_name not in names:
            near = difflib.get_close_matches(cmd_name, names, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
            raise click.UsageError(f"no command {cmd_name!r}; {hint}", ctx)
        command = importlib.import_module(f"{__name__}.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{__name__}.{cmd_name}.command is no click command: {command!r}")
        return command


@click.group(cls=Commands)
@click.version_option(package_name="celery-safe")
def main() -> None:
    """Celery without its footguns."""
