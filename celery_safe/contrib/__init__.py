"""Integrations with frameworks.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
