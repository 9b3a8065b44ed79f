"""Celery's class of ``self.request``; what it has is in ``_context.pyi``."""

from __future__ import annotations

from celery.app.task import Context

__all__ = ["Context"]
