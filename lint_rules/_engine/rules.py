"""The rules: the files ``cs*.py`` of the package ``lint_rules`` are the registry."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

from lint_rules._engine import files, suppress
from lint_rules._engine.collect import collect
from lint_rules._engine.config import Config, ConfigError, nearest
from lint_rules._engine.facts import Finding, Unchecked
from lint_rules._engine.module import Module, Names
from lint_rules._engine.project import Project
from lint_rules._engine.report import Result

FOLDER = Path(__file__).parent.parent
_FILE = re.compile(r"cs(\d{3})_([a-z0-9_]+)")


class RuleError(Exception):
    """A rule file is broken; the message names it."""


@dataclass(frozen=True)
class Rule:
    """One rule: ``CS501``, ``pickle``, its preset, and the function that finds it."""

    code: str
    name: str
    preset: str
    check: Callable[[Project], Iterator[Finding]]
    summary: str = ""
    stem: str = ""


def all_rules(folder: Path = FOLDER, package: str = "lint_rules") -> tuple[Rule, ...]:
    """Load every rule file.

    Raises:
        RuleError: a file cannot be imported, or its ``CODE``, ``NAME``, ``PRESET`` or ``check``
            is missing or does not fit its file name.
    """
    return tuple(_load(path, package) for path in sorted(folder.glob("cs*.py")))


def _load(path: Path, package: str) -> Rule:
    match = _FILE.fullmatch(path.stem)
    if match is None:
        raise RuleError(f"{path.name}: a rule file is called csNNN_name.py")
    try:
        module = importlib.import_module(f"{package}.{path.stem}")
        summary = (module.__doc__ or "").strip().partition("\n")[0].partition(": ")[2]
        rule = Rule(module.CODE, module.NAME, module.PRESET, module.check, summary, path.stem)
    except Exception as error:
        raise RuleError(
            f"{path.name}: cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if (rule.code, rule.name) != (f"CS{match[1]}", match[2].replace("_", "-")):
        raise RuleError(f"{path.name}: CODE and NAME are {rule.code} {rule.name}, unlike the file")
    if rule.preset not in ("default", "strict") or not callable(rule.check):
        raise RuleError(f"{path.name}: PRESET must be default or strict, and check a function")
    return rule


def page(rule: Rule) -> str:
    """The rule's page, from the installed package or from a checkout.

    Raises:
        RuleError: it is in neither.
    """
    for folder in (FOLDER / "pages", FOLDER.parent / "docs" / "rules"):
        file = folder / f"{rule.stem}.md"
        if file.is_file():
            return file.read_text(encoding="utf-8").rstrip()
    raise RuleError(f"the page of {rule.code} is missing; install celery-safe again")


def chosen(rules: Iterable[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that ``config`` switches on; ``select`` reaches the strict ones too.

    Raises:
        ConfigError: a prefix fits no rule.
    """
    rules = tuple(rules)
    for prefix in (*config.select, *config.ignore):
        if not prefix or not any(r.code.startswith(prefix) for r in rules):
            hint = nearest(prefix, [r.code for r in rules])
            raise ConfigError(f"no rule begins with {prefix!r}{hint}")
    picked = []
    for rule in rules:
        if config.select:
            on = rule.code.startswith(config.select)
        else:
            on = config.preset == "strict" or rule.preset == "default"
        if on and not rule.code.startswith(config.ignore or ("-",)):
            picked.append(rule)
    return tuple(picked)


def check_paths(
    paths: Iterable[Path],
    config: Config,
    rules: Iterable[Rule],
    texts: Mapping[Path, str] | None = None,
) -> Result:
    """Check every Python file below ``paths`` with ``rules``; never raises for a bad file.

    ``texts`` stand for what is in some files.
    """
    unchecked: list[Unchecked] = []
    modules: dict[Path, Module] = {}
    others: list[Names] = []
    seen: set[Path] = set()

    def report(path: str, reason: str) -> None:
        unchecked.append(Unchecked(path, reason))

    checked = 0
    for path in files.discover(paths, files.excluder(config.exclude, config.root), report):
        if path.absolute() in seen:
            continue
        seen.add(path.absolute())
        try:
            raw, text = files.read(path)
            if texts and path in texts:
                text = texts[path]
                raw = text.encode(files.encoding(raw))
            tree = files.parse(raw, text)
            if isinstance(tree, cst.Module):
                modules[path] = collect(path, text, tree)
            elif tree is not None:
                others.append(Names.of(path, tree))
        except files.CannotCheck as error:
            report(str(path), str(error))
        except RecursionError:
            report(str(path), "is nested too deeply to be checked")
        else:
            checked += 1
    project = Project(list(modules.values()), others)
    found = (
        suppress.apply(finding, modules[Path(finding.path)].lines)
        for rule in rules
        for finding in rule.check(project)
    )
    return Result(sorted(f for f in found if f), sorted(unchecked), checked)
