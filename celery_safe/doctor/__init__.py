"""Live checks of a running deployment, one per file.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
