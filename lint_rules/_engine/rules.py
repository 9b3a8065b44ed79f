"""The rules: the files ``cs*.py`` of the package ``lint_rules`` are the registry."""

from __future__ import annotations

import gc
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lint_rules._engine import files, makers, suppress, syntax
from lint_rules._engine.collect import collect, collect_names
from lint_rules._engine.config import Config, ConfigError, nearest
from lint_rules._engine.facts import Finding, Unchecked
from lint_rules._engine.index import Index
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project
from lint_rules._engine.report import Result

FOLDER = Path(__file__).parent.parent
#: Files without a word of Celery are parsed for their syntax alone, up to so many bytes of a run.
SYNTAX_ONLY = 1_000_000
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
    runs_last: bool = False


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
        last = bool(getattr(module, "RUNS_LAST", False))
        rule = Rule(module.CODE, module.NAME, module.PRESET, module.check, summary, path.stem, last)
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


def known_codes() -> set[str]:
    """The codes of all rules, those that do not run included."""
    return {path.stem[:5].upper() for path in FOLDER.glob("cs*.py")}


def chosen(rules: Iterable[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that ``config`` switches on; ``select`` reaches the strict ones too.

    ``ignore`` wins over all others.

    Raises:
        ConfigError: a prefix fits no rule.
    """
    rules = tuple(rules)
    per_file = [code for codes in config.per_file_ignores.values() for code in codes]
    for prefix in (*config.select, *config.extend_select, *config.ignore, *per_file):
        if not prefix or not any(r.code.startswith(prefix) for r in rules):
            hint = nearest(prefix, [r.code for r in rules])
            raise ConfigError(f"no rule begins with {prefix!r}{hint}")
    picked = []
    for rule in rules:
        wanted = rule.code.startswith((*config.select, *config.extend_select))
        by_preset = not config.select and (config.preset == "strict" or rule.preset == "default")
        if (wanted or by_preset) and not rule.code.startswith(config.ignore):
            picked.append(rule)
    return tuple(picked)


def check_paths(
    paths: Iterable[Path],
    config: Config,
    rules: Iterable[Rule],
    texts: Mapping[Path, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Result:
    """Check every Python file below ``paths`` with ``rules``; never raises for a bad file.

    Args:
        paths: files and folders.
        config: what to leave out.
        rules: what to look for.
        texts: stand for what is in some files.
        progress: is told after each file how many are done.
    """
    rules = sorted(rules, key=lambda r: r.runs_last)
    run = _Run(config, texts or {}, progress)
    with _no_collector():
        modules, index = run.read(paths)
        project = Project(modules, index, config.task_decorators)
        project.unchecked = run.unchecked
        project.celery_version = config.celery_version
        project.ignores = suppress.Ignores(
            modules,
            known_codes(),
            {r.code for r in rules},
            # What is not seen may be what a comment is for.
            lambda module: bool(run.unchecked) or index.lacks_imports_of(module),
        )
        found = [
            kept
            for rule in rules
            for finding in rule.check(project)
            if (kept := project.ignores.keep(finding)) and not run.is_ignored(kept)
        ]
    with_findings = {f.path for f in found}
    return Result(
        sorted(found),
        sorted(run.unchecked),
        run.checked,
        {
            str(m.path): m.lines
            for m in (*modules, *index.others.values())
            if str(m.path) in with_findings
        },
        tuple(rules),
    )


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the cyclic garbage collector: trees are many objects that stay, and it halves the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Run:
    """Finds the files of one run and parses those that matter."""

    def __init__(
        self, config: Config, texts: Mapping[Path, str], progress: Callable[[int], None]
    ) -> None:
        self.config = config
        self.texts = texts
        self.progress = progress
        self.unchecked: list[Unchecked] = []
        self.modules: dict[Path, Module] = {}
        self.checked = 0
        self._names: dict[Path, tuple[str, ...]] = {}
        self._given: dict[Path, Path] = {}
        self._sifted: list[Path] = []
        self._spare = SYNTAX_ONLY
        self._ignored = [
            (files.excluder([pattern], config.root), codes)
            for pattern, codes in config.per_file_ignores.items()
        ]

    def is_ignored(self, finding: Finding) -> bool:
        """Whether the configuration ignores it in this file."""
        return any(
            finding.code.startswith(codes) and fits(Path(finding.path))
            for fits, codes in self._ignored
        )

    def read(self, paths: Iterable[Path]) -> tuple[list[Module], Index]:
        """The modules that speak of Celery, and the index of all."""
        named = set(paths)
        names = files.ModuleNames()
        excluded = files.excluder(self.config.exclude, self.config.root)
        relevant: dict[Path, Module] = {}
        for path in files.discover(paths, excluded, self._report):
            absolute = path.absolute()
            if absolute in self._names:
                continue
            self._names[absolute], self._given[absolute] = names.of(absolute), path
            module = self._module(path, always=path in named)
            self.progress(len(self._names))
            if module is not None:
                self.modules[path] = relevant[absolute] = module
        self._read_uses(relevant)
        return list(self.modules.values()), Index(
            self._names, relevant, self._on_demand, self._whole
        )

    def _read_uses(self, relevant: dict[Path, Module]) -> None:
        """Files that only use the project's own task decorators matter as well."""
        known = -1
        while known < len(relevant):
            known = len(relevant)
            uses = makers.uses(relevant.values(), self.config.task_decorators)
            if uses is None:
                return
            for path in self._sifted:
                if path.absolute() not in relevant and self._has(path, uses):
                    self.checked -= 1
                    module = self._module(path, always=True)
                    if module is not None:
                        self.modules[path] = relevant[path.absolute()] = module

    def _has(self, path: Path, pattern: re.Pattern[bytes]) -> bool:
        try:
            return pattern.search(self._text(path)[0]) is not None
        except syntax.CannotCheck:
            return False  # the first reading said so

    def _module(self, path: Path, *, always: bool) -> Module | None:
        """The parsed file; None for one that says nothing about Celery or cannot be parsed."""
        try:
            raw, text = self._text(path)
            module = None
            if always or files.SIEVE.search(raw) is not None:
                module = collect(path, self._names[path.absolute()], text, syntax.parse(text))
            elif len(raw) <= self._spare:
                self._spare -= len(raw)
                syntax.parse(text)
            if module is None:
                self._sifted.append(path)
        except syntax.CannotCheck as error:
            self._report(str(path), str(error))
        except RecursionError:
            self._report(str(path), "is nested too deeply to be checked")
        else:
            self.checked += 1
            return module
        return None

    def _text(self, path: Path) -> tuple[bytes, str]:
        if path in self.texts:
            return self.texts[path].encode(), self.texts[path]
        return files.read(path)

    def _on_demand(self, path: Path) -> Module | None:
        """A file that another one imports from; what is wrong with it is no finding of this run."""
        try:
            _, text = files.read(path)
            return collect_names(path, self._names[path], text, syntax.parse(text))
        except (syntax.CannotCheck, RecursionError):
            return None

    def _whole(self, path: Path) -> Module | None:
        """A file that speaks of Celery by the names of tasks alone; what is wrong with it was said."""
        try:
            _, text = self._text(self._given[path])
            return collect(self._given[path], self._names[path], text, syntax.parse(text))
        except (syntax.CannotCheck, RecursionError):
            return None

    def _report(self, path: str, reason: str) -> None:
        self.unchecked.append(Unchecked(path, reason))
