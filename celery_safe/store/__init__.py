"""Stores for every message that is not in the broker.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
