"""Rates, concurrency per key, uniqueness, idempotency.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
