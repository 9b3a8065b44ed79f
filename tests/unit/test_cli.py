"""The command line finds its subcommands and refuses others by name."""

from __future__ import annotations

from click.testing import CliRunner

from celery_safe.cli import main


def test_help_lists_the_commands() -> None:
    done = CliRunner().invoke(main, ["--help"])
    assert done.exit_code == 0, done.output
    assert "lint" in done.output


def test_unknown_command_names_the_nearest() -> None:
    done = CliRunner().invoke(main, ["lnt"])
    assert done.exit_code == 2
    assert "no command 'lnt'; did you mean 'lint'?" in done.output
