"""The rules: the files ``cs*.py`` of ``lint_rules``, and those of packages that are configured."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lint_rules._engine.config import Config, ConfigError, nearest
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project

FOLDER = Path(__file__).parent.parent
PACKAGE = "lint_rules"
PREFIX = "cs"
_FILE = re.compile(r"([a-z]{2,10})(\d{3})_([a-z0-9_]+)")


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
    runs_last: bool = False

    @property
    def folder(self) -> Path:
        """Where its module is."""
        return Path(sys.modules[self.check.__module__].__file__ or "").parent

    def own(self, finding: Finding) -> Finding:
        """``finding``, which must be one of this rule.

        Raises:
            RuleError: it is not.
        """
        is_own = isinstance(finding, Finding) and finding.code == self.code
        if not is_own or not finding.is_well_formed():
            raise RuleError(f"it yields {finding!r:.200}, which is no finding of it")
        return finding


def all_rules(
    folder: Path = FOLDER, package: str = PACKAGE, extended: Sequence[str] = ()
) -> tuple[Rule, ...]:
    """Load every rule file.

    Args:
        folder: where our own are.
        package: the name that they are imported by.
        extended: names of other packages with rules.

    Raises:
        RuleError: a package or file cannot be imported, its ``CODE``, ``NAME``, ``PRESET`` or
            ``check`` is missing or does not fit its file name, or two rules have the same code.
    """
    found = [_load(path, package) for path in sorted(folder.glob(f"{PREFIX}*.py"))]
    for name in extended:
        found += [_load(path, name) for path in _rule_files(name)]
    seen: dict[str, Rule] = {}
    for rule in found:
        for word in (rule.code, rule.name):
            other = seen.setdefault(word, rule)
            if other is not rule:
                raise RuleError(
                    f"{rule.check.__module__}: {word} is taken by {other.check.__module__}"
                )
    return tuple(found)


def known_codes(extended: Sequence[str] = ()) -> set[str]:
    """The codes of all rules, those that do not run included."""
    files = [*FOLDER.glob(f"{PREFIX}*.py"), *(p for name in extended for p in _rule_files(name))]
    return {path.stem.partition("_")[0].upper() for path in files}


def _rule_files(package: str) -> list[Path]:
    """The files of a package that is configured."""
    where = f"extend-rules: the package {package!r}"
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError) as error:
        raise RuleError(f"{where} cannot be found: {error}") from error
    except (Exception, SystemExit) as error:
        raise RuleError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    if spec is None:
        raise RuleError(f"{where} is not installed beside celery-safe")
    if package == PACKAGE or not spec.submodule_search_locations:
        raise RuleError(f"{where} is no package with rule files of its own")
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    found = [p for f in folders for p in sorted(f.glob("*.py")) if not p.name.startswith("_")]
    if not found:
        raise RuleError(f"{where} has no rule files, such as {package}/shop101_name.py")
    for path in found:
        match = _FILE.fullmatch(path.stem)
        if match is None:
            raise RuleError(
                f"{path}: a rule file is called like shop101_name.py, and a helper like _name.py"
            )
        if match[1] == PREFIX:
            raise RuleError(f"{path}: codes that begin with CS are celery-safe's own")
    return found


def _load(path: Path, package: str) -> Rule:
    match = _FILE.fullmatch(path.stem)
    if match is None:
        raise RuleError(f"{path.name}: a rule file is called csNNN_name.py")
    try:
        module = importlib.import_module(f"{package}.{path.stem}")
        summary = (module.__doc__ or "").strip().partition("\n")[0].partition(": ")[2]
        last = bool(getattr(module, "RUNS_LAST", False))
        rule = Rule(module.CODE, module.NAME, module.PRESET, module.check, summary, path.stem, last)
    except (Exception, SystemExit) as error:
        raise RuleError(
            f"{path.name}: cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    code, name = f"{match[1].upper()}{match[2]}", match[3].replace("_", "-")
    if (rule.code, rule.name) != (code, name):
        raise RuleError(f"{path.name}: CODE and NAME are {rule.code} {rule.name}, unlike the file")
    if rule.preset not in ("default", "strict") or not callable(rule.check):
        raise RuleError(f"{path.name}: PRESET must be default or strict, and check a function")
    if package != PACKAGE and not summary:
        raise RuleError(
            f"{path.name}: its docstring must begin with '{code} {name}: what it finds'"
        )
    return rule


def page(rule: Rule) -> str:
    """The rule's page, from the installed package or from a checkout.

    Raises:
        RuleError: it is in neither.
    """
    for folder in (rule.folder / "pages", FOLDER.parent / "docs" / "rules"):
        file = folder / f"{rule.stem}.md"
        if file.is_file():
            return file.read_text(encoding="utf-8").rstrip()
    if rule.folder != FOLDER:
        return f"# {rule.code} {rule.name}\n\n{rule.summary}"
    raise RuleError(f"the page of {rule.code} is missing; install celery-safe again")


def _meant(prefix: str, rules: Sequence[Rule]) -> str:
    """The code that is most like ``prefix``, or that of the rule that is called so."""
    named = [r.code for r in rules if r.name == prefix.lower()]
    return nearest(named[0] if named else prefix.upper(), [r.code for r in rules])


def chosen(rules: Iterable[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that ``config`` switches on; ``select`` reaches the strict ones too.

    ``ignore`` wins over all others.

    Raises:
        ConfigError: a prefix fits no rule.
    """
    rules = tuple(rules)
    for key, prefixes in (
        ("select", config.select),
        ("extend-select", config.extend_select),
        ("ignore", config.ignore),
        *((f"per-file-ignores.{glob!r}", codes) for glob, codes in config.per_file_ignores.items()),
    ):
        for prefix in prefixes:
            if not prefix or not any(r.code.startswith(prefix) for r in rules):
                raise ConfigError(
                    f"{key}: no rule begins with {prefix!r}{_meant(prefix, rules)}; "
                    "`celery-safe rules` lists them"
                )
    picked = []
    for rule in rules:
        wanted = rule.code.startswith((*config.select, *config.extend_select))
        by_preset = not config.select and (config.preset == "strict" or rule.preset == "default")
        if (wanted or by_preset) and not rule.code.startswith(config.ignore):
            picked.append(rule)
    return tuple(picked)
