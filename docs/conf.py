"""Sphinx configuration; `make docs` builds with warnings as errors."""

from __future__ import annotations

import re
from pathlib import Path

_init = Path(__file__).resolve().parent.parent / "celery_safe" / "__init__.py"
_version = re.search(r'^__version__ = "([^"]+)"', _init.read_text(encoding="utf-8"), re.MULTILINE)
if _version is None:
    raise RuntimeError(f"no __version__ in {_init}")

project = "celery-safe"
author = "The celery-safe authors"
copyright = author
release = version = _version[1]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
# A link such as page.md#heading works, and a dead one is a warning.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
nitpicky = True

html_theme = "furo"
html_title = f"celery-safe {release}"
