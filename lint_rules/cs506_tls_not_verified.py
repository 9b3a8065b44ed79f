"""CS506 tls-not-verified: whoever is on the way can read and change the messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding

CODE = "CS506"
NAME = "tls-not-verified"
PRESET = "strict"

_DICTS = ("broker_use_ssl", "redis_backend_use_ssl")
_URLS = ("broker_url", "broker_read_url", "broker_write_url", "result_backend")
_KEYS = frozenset({"ssl_cert_reqs", "cert_reqs"})
_IN_URL = re.compile(r"ssl_cert_reqs=(?:CERT_NONE|none)\b", re.IGNORECASE)


def check(project: Project) -> Iterator[Finding]:
    """``ssl_cert_reqs`` of CERT_NONE in the settings and addresses of broker and backend."""
    for module, setting in conf.settings(project, *_DICTS, *_URLS):
        message = (
            f"{setting.written}: the certificate of the other side is not verified; write "
            "ssl.CERT_REQUIRED, with ssl_ca_certs where the certificate is your own"
        )
        for node in ast.walk(setting.value):
            if setting.name in _URLS:
                if isinstance(node, ast.Constant) and _IN_URL.search(str(node.value)):
                    yield finding(module, setting.value, (CODE, NAME), message)
                    break
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if (
                        isinstance(key, ast.Constant)
                        and key.value in _KEYS
                        and _is_none(project, module, value)
                    ):
                        yield finding(module, value, (CODE, NAME), message)
            elif (
                isinstance(node, ast.keyword)
                and node.arg in _KEYS
                and _is_none(project, module, node.value)
            ):
                yield finding(module, node.value, (CODE, NAME), message)


def _is_none(project: Project, module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or str(node.value).lower() in ("none", "cert_none")
    origin = module.origin_of(node)
    parts = project.canonical(origin).split(".") if origin else dotted(node) or ("",)
    return parts[-1] == "CERT_NONE"
