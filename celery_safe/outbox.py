"""A task is enqueued if and only if the transaction commits.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
