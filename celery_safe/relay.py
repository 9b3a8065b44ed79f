"""Moves what is due from the store back to the broker.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
