"""Counters of the worker's main process.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
