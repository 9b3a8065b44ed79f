"""``celery-safe rules``: the rules of the checker."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import click


@click.command(
    "rules",
    epilog="""\b
Examples:
  celery-safe rules
  celery-safe rules --output-format json | jq -r '.[] | select(.preset == "strict").code'""",
)
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How the rules are printed.",
)  # fmt: skip
def command(output_format: str) -> None:
    """List the rules: code, preset, name, and what each finds."""
    if importlib.util.find_spec("libcst") is None:
        click.echo("celery-safe rules: needs libcst: pip install 'celery-safe[lint]'", err=True)
        raise SystemExit(2)
    from lint_rules._engine.config import ConfigError, load
    from lint_rules._engine.rules import RuleError, all_rules

    try:
        found = all_rules(extended=load(Path()).extend_rules)
    except (ConfigError, RuleError) as error:
        click.echo(f"celery-safe rules: {error}", err=True)
        raise SystemExit(2) from error
    rows = [
        {"code": r.code, "name": r.name, "preset": r.preset, "summary": r.summary} for r in found
    ]
    if output_format == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['code']}  {row['preset']:<8} {row['name']}: {row['summary']}")
