"""``celery-safe server``: findings and fixes in the editor while one types."""

from __future__ import annotations

import importlib.util

import click

from celery_safe import __version__


@click.command(
    "server",
    epilog="""\b
Example, for Neovim:
  vim.lsp.config('celery_safe', {cmd = {'celery-safe', 'server'}, filetypes = {'python'}})
  vim.lsp.enable('celery_safe')""",
)
def command() -> None:
    """Run a language server on standard input and output, for an editor to start.

    docs/how-to/editor.md says what to write into the settings of VS Code, Neovim, PyCharm and Helix.
    """
    for module in ("pygls", "libcst"):
        if importlib.util.find_spec(module) is None:
            click.echo(
                f"celery-safe server: needs {module}: pip install 'celery-safe[lsp]'", err=True
            )
            raise SystemExit(2)
    from lint_rules._server.features import make

    make(__version__).start_io()
