"""The Django app: config, model, migrations, admin.

Empty in this release; docs/explanation/architecture.md says what belongs here.
"""
