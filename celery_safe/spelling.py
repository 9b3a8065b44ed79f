"""Settings whose name is misspelt: Celery keeps every key and reads none that it does not know.

Touches private parts of Celery: ``Settings.maps`` and ``prefix`` (``celery/app/utils.py``) and
``_TO_OLD_KEY`` (``celery/app/defaults.py``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from celery.app.defaults import _TO_OLD_KEY, NAMESPACES, flatten

from celery_safe.defaults import SETTINGS
from celery_safe.errors import UnknownOption, UnknownOptionWarning, UnsafeSetting
from celery_safe.notices import complain

#: Every setting of this Celery by its new name.
DEFAULTS_BY_NAME = dict(flatten(NAMESPACES))
_OURS = tuple(row.setting for row in SETTINGS if row.setting.startswith("safe_"))
_NEW = {*DEFAULTS_BY_NAME, *(row.setting for row in SETTINGS)}
#: Old names that cannot be meant for anything else.
_OLD = {name for name in _TO_OLD_KEY.values() if name.startswith(("CELERY", "BROKER_"))}
#: Below this two names may well be two names: projects keep keys of their own in the configuration.
_CLOSE = 0.9


def check_keywords(keywords: Mapping[str, Any], parameters: Iterable[str]) -> None:
    """Raise :class:`TypeError` for a keyword of SafeCelery that is close to a real one.

    Celery takes any keyword as a setting, so only what looks like a typing error is refused.
    """
    known = {*parameters, "strict", "waive", "store"} - {"self", "kwargs"}
    for name in keywords:
        if name not in known and name not in DEFAULTS_BY_NAME:
            near = difflib.get_close_matches(name, [*known, *DEFAULTS_BY_NAME], 1, 0.8)
            if near:
                raise TypeError(f"SafeCelery has no keyword {name!r}; did you mean {near[0]!r}?")


def check(app: Any) -> None:
    """Complain of a setting that is nearly one of Celery's.

    Raises:
        UnsafeSetting: a setting of ours does not exist.
        UnknownOption: under strict, for one that is nearly Celery's.
    """
    written = set(_written(app.conf))
    for name in sorted(written - _NEW - _OLD):
        if name.startswith("safe_"):
            near = difflib.get_close_matches(name, _OURS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(_OURS)}"
            raise UnsafeSetting(f"no setting {name!r}{hint}")
        near = difflib.get_close_matches(name, _OLD if name.isupper() else _NEW, 1, _CLOSE)
        # A helper beside the real one, as `task_queue = Queue(...)` in a module of settings.
        if near and near[0] not in written:
            complain(
                app,
                ("setting", name),
                f"configuration: Celery knows no setting {name!r} and ignores it; "
                f"did you mean {near[0]!r}?",
                UnknownOption,
                UnknownOptionWarning,
            )


def _written(conf: Any) -> Iterator[str]:
    """The user's names that Celery would look up, without the namespace's prefix.

    Under a namespace the other names of a Django project are not Celery's, whatever they look like.
    """
    prefix = conf.prefix or ""
    for values in conf.maps[:-1]:
        for name in values if isinstance(values, Mapping) else ():
            if not isinstance(name, str):
                continue
            if prefix and name.startswith(prefix):
                yield name[len(prefix) :].lower()
            elif name.islower() or (name.isupper() and not prefix):
                yield name
