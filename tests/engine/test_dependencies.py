"""Sessions that a dependency of FastAPI commits are open until the function is done, for CS202."""

from __future__ import annotations

from pathlib import Path

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

DB = """from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

SessionLocal = sessionmaker()
AsyncLocal = async_sessionmaker(create_async_engine("x"))


def get_db():
    db = SessionLocal()
    try:
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()


async def get_session():
    async with AsyncLocal.begin() as session:
        yield session


def plain_db():
    with SessionLocal() as s:
        yield s


SessionDep = Annotated[AsyncSession, Depends(get_session)]
PlainDep = Annotated[AsyncSession, Depends(plain_db)]
"""
API = """from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.db import PlainDep, SessionDep, get_db, get_session, plain_db
from app.models import Doc
from app.tasks import index

router = APIRouter()


@router.post("/a")
def a(db: Session = Depends(get_db)):
    doc = Doc()
    db.add(doc)
    db.flush()
    index.delay(doc.id)  # error: CS202
    return doc


@router.post("/b")
async def b(session: SessionDep):
    doc = Doc()
    session.add(doc)
    await session.flush()
    index.delay(doc.id)  # error: CS202


@router.post("/c")
async def c(session: Annotated[Session, Depends(get_session)], background):
    session.add(Doc())
    if background:
        index.apply_async((1,))  # error: CS202
        return 3
    return 4


@router.post("/d")
def d(db: Session = Depends(plain_db)):
    db.add(Doc())
    index.delay(1)


@router.post("/e")
def e(db: PlainDep):
    db.add(Doc())
    index.delay(1)


@router.post("/f")
def f(db: Session = Depends(get_db)):
    doc = Doc()
    db.add(doc)
    db.commit()
    index.delay(doc.id)


@router.get("/g")
def g(db: Session = Depends(get_db)):
    doc = db.get(Doc, 1)
    index.delay(doc.id)


@router.post("/i")
def i(db: Session = Depends(get_db)):
    db.add(Doc())

    def later():
        index.delay(1)

    return later


@router.post("/j")
def j(db: Session = Depends(get_db)):
    with db.begin():
        db.add(Doc())
        index.delay(1)  # error: CS202


@router.get("/h")
def h(db: Session = Depends(get_db)):
    index.delay(1)
    db.add(Doc())
"""
FILES = {
    "__init__.py": "",
    "db.py": DB,
    "api.py": API,
    "models.py": "class Doc:\n    pass\n",
    "tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef index(pk):\n    pass\n",
}


def test_sends_after_a_write_and_before_the_end(tmp_path: Path) -> None:
    package = tmp_path / "app"
    package.mkdir()
    for name, text in FILES.items():
        (package / name).write_text(text)
    rules = [rule for rule in all_rules() if rule.code == "CS202"]
    found = check_paths([tmp_path], Config(), rules).findings
    marked = [n for n, line in enumerate(API.splitlines(), 1) if "# error" in line]
    assert sorted(f.line for f in found) == marked
    assert "before the commit of get_db(), which comes when" in found[0].message
