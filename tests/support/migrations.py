"""A project whose database is made by Alembic, with the store's tables in its metadata."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Integer, MetaData, Table

from celery_safe.store.sqlalchemy import tables

ENV = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=context.config.attributes["metadata"],
        compare_type=True, compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
"""
TEMPLATE = """
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
"""


def metadata() -> MetaData:
    """The project's own, with the store's tables."""
    made = MetaData()
    Table("orders", made, Column("id", Integer, primary_key=True))
    tables(made)
    return made


class Project:
    """``alembic revision --autogenerate`` and ``alembic upgrade head``."""

    def __init__(self, folder: Path, url: str) -> None:
        self.versions = folder / "versions"
        self.versions.mkdir(parents=True)
        (folder / "env.py").write_text(ENV)
        (folder / "script.py.mako").write_text(TEMPLATE)
        self.config = Config()
        self.config.set_main_option("script_location", str(folder))
        self.config.attributes.update(url=url, metadata=metadata())

    def revise(self, name: str) -> str:
        """Make a revision of what differs; its text."""
        made = command.revision(self.config, name, autogenerate=True)
        return Path(made.path).read_text()  # type: ignore[union-attr]

    def upgrade(self) -> None:
        """Run what has not been run."""
        command.upgrade(self.config, "head")


def check(folder: Path, url: str) -> None:
    """Alembic makes what the store needs, and then finds nothing left to do."""
    from sqlalchemy import create_engine

    from celery_safe.store.sqlalchemy import SQLAlchemyStore
    from celery_safe.testing.store_contract import new

    project = Project(folder, url)
    first = project.revise("first")
    for word in ("'orders'", "'celery_safe_messages'", "celery_safe_messages_due"):
        assert word in first
    project.upgrade()
    engine = create_engine(url)
    store = SQLAlchemyStore(engine, project.config.attributes["metadata"])
    store.check()
    store.put([new("a")])
    assert [e.id for e in store.claim("me", 60, 1)] == ["a"]
    engine.dispose()
    second = project.revise("second")
    assert "op." not in second, second
