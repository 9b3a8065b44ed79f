"""CS503 misspelt-setting: one word differs from a setting's name or is missing, so Celery does not see it."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from lint_rules._engine import conf
from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS
from lint_rules._engine.celery_facts.versions import REMOVED
from lint_rules._engine.facts import Edit, Finding, Fix, Setting
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS503"
NAME = "misspelt-setting"
PRESET = "default"

#: How alike the one word that differs must be, from 0 to 1.
_ALIKE = 0.6
#: Words that name what a setting is of, and are left out or put in by mistake.
_GROUPS = frozenset({"TASK", "WORKER", "RESULT"})


def check(project: Project) -> Iterator[Finding]:
    """Names like those of settings, in settings files and ``conf``, that no other code reads."""
    has_namespace = any(load.namespace == "CELERY" for load in project.config_loads())
    every = [*conf.written(project)]
    times = Counter(name for _, setting in every for name in _mentions(setting))
    for module, setting in every:
        written = setting.written
        if written in NEW_NAME or written in REMOVED or setting.name in SETTINGS:
            continue
        right = _nearest(written) or _without_a_group(written)
        if right is None or _is_used(project, written, times[written]):
            continue
        if has_namespace and right in NEW_NAME:
            right = f"CELERY_{NEW_NAME[right].upper()}"
        elif not has_namespace and right not in NEW_NAME and right.isupper():
            right = SETTINGS[right.removeprefix("CELERY_").lower()] or right
        yield finding(
            module,
            setting.node,
            (CODE, NAME),
            f"Celery knows no setting {written} and ignores it; did you mean {right}?",
            _fix(module, setting, right),
        )


def _nearest(written: str) -> str | None:
    """The one setting of which all words but one are the same, and that one alike."""
    words = written.split("_")
    if len(words) < 2:
        return None
    found = set()
    for known in _names(is_upper=written.isupper()):
        parts = known.split("_")
        if len(parts) != len(words):
            continue
        pairs = [(a, b) for a, b in zip(words, parts, strict=True) if a != b]
        if len(pairs) == 1 and difflib.SequenceMatcher(None, *pairs[0]).ratio() >= _ALIKE:
            found.add(known)
    return found.pop() if len(found) == 1 else None


def _without_a_group(written: str) -> str | None:
    """The one setting that has a word more, or a word less: ``CELERY_SOFT_TIME_LIMIT``."""
    words = written.split("_")
    if words[0] != "CELERY" or not written.isupper():
        return None
    names = [f"CELERY_{name.upper()}" for name in SETTINGS]
    found = {name for name in names if _lacks_a_group(words, name.split("_"))}
    found |= {name for name in names if _lacks_a_group(name.split("_"), words)}
    return found.pop() if len(found) == 1 else None


def _lacks_a_group(less: list[str], more: list[str]) -> bool:
    if len(less) < 3 or len(more) != len(less) + 1 or more[1] not in _GROUPS:
        return False
    return more[:1] + more[2:] == less


@cache
def _names(*, is_upper: bool) -> tuple[str, ...]:
    if not is_upper:
        return tuple(SETTINGS)
    return (*NEW_NAME, *(f"CELERY_{name.upper()}" for name in SETTINGS))


def _mentions(setting: Setting) -> list[str]:
    """Its name, once more for each time that its own value has it: ``env("CELERY_X")``."""
    own = [n for n in ast.walk(setting.value) if isinstance(n, ast.Constant)]
    return [setting.written, *(setting.written for n in own if n.value == setting.written)]


def _is_used(project: Project, written: str, times: int) -> bool:
    """Whether the name stands anywhere but where it is set, so that it is the project's own."""
    word = re.compile(rf"\b{re.escape(written)}\b")
    return times < sum(len(word.findall(m.text)) for m in project.modules if written in m.text)


def _fix(module: Module, setting: Setting, right: str) -> Fix | None:
    node = setting.node
    if isinstance(node, ast.keyword) or not module.code(node).endswith(setting.written):
        return None
    span = module.span(node)
    column = span.end_column - len(setting.written)
    edit = Edit(span.end_line, column, span.end_line, span.end_column, right)
    return Fix("unsafe", f"write {right}", (edit,))
