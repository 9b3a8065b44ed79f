"""Typed builders for beat schedules.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
