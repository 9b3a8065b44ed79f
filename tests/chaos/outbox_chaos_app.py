"""A shop whose orders and tasks are written in one transaction; run by outbox_run.py in many processes."""

import os
import random
import sys

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from celery_safe import SafeCelery
from celery_safe.outbox import inbox, outbox
from celery_safe.store.sqlalchemy import SQLAlchemyStore

engine = create_engine(os.environ["STORE"], pool_pre_ping=True)


def store():
    return SQLAlchemyStore(engine)


app = SafeCelery("chaos", broker=os.environ["BROKER"], store=store)
app.conf.update(
    task_ignore_result=True, worker_lost_wait=0.5, safe_max_worker_losses=50,
    safe_max_redeliveries=100, broker_transport_options={"consumer_lease": 3}
    if os.environ["BROKER"].startswith("redis") else {},
)  # fmt: skip


@app.task(name="effect", bind=True, autoretry_for=(Exception,), retry_backoff=False,
          default_retry_delay=1, max_retries=None)  # fmt: skip
def effect(self, order):
    fd = os.open(os.environ["STARTS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, f"{order}\n".encode())
    os.close(fd)
    with Session(engine) as session, session.begin(), inbox(session, self):
        session.execute(text("INSERT INTO effects VALUES (:n)"), {"n": order})


def send_for_ever(name):
    """Orders with names of their own; a fifth is rolled back."""
    number = 0
    while True:
        number += 1
        order = f"{name}-{number}"
        try:
            with Session(engine) as session, outbox(session):
                session.execute(text("INSERT INTO orders VALUES (:n)"), {"n": order})
                effect.delay(order)
                if random.random() < 0.2:
                    session.rollback()
                else:
                    session.commit()
        except Exception as error:
            print(order, type(error).__name__, file=sys.stderr)


if __name__ == "__main__":
    send_for_ever(sys.argv[1])
