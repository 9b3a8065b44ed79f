"""``celery-safe rule CS101``: the page of one rule."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click


@click.command(
    "rule",
    epilog="""\b
Examples:
  celery-safe rule CS101
  celery-safe rule unnamed-task""",
)
@click.argument("code")
def command(code: str) -> None:
    """Print the page of one rule, by its code or its name.

    Exit code 0: printed. 2: there is no such rule.
    """
    if importlib.util.find_spec("libcst") is None:
        click.echo("celery-safe rule: needs libcst: pip install 'celery-safe[lint]'", err=True)
        raise SystemExit(2)
    from lint_rules._engine.config import ConfigError, load, nearest
    from lint_rules._engine.rules import RuleError, all_rules, page

    try:
        rules = all_rules(extended=load(Path()).extend_rules)
    except (ConfigError, RuleError) as error:
        click.echo(f"celery-safe rule: {error}", err=True)
        raise SystemExit(2) from error
    for rule in rules:
        if code.lower() in (rule.code.lower(), rule.name):
            click.echo(page(rule))
            return
    hint = nearest(code, [n for rule in rules for n in (rule.code, rule.name)])
    click.echo(
        f"celery-safe rule: no rule {code!r}{hint}; `celery-safe rules` lists them", err=True
    )
    raise SystemExit(2)
