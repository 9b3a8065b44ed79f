"""One run: servers, fleet and effects, a fault at random but seeded points, and what it cost."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faults
import shelf
from fault_proxy import Proxy
from fleet import Fleet

from celery_safe.gate.poison import SILENCE
from celery_safe.testing.local import RabbitMQ, Redis, Server

POISONS = ("child", "main", "_exit", "exit")
#: Innocents that may be on their way at once.
WINDOW = 60


@dataclass(frozen=True)
class Run:
    """What is run."""

    app: str
    broker: str
    fault: str
    tasks: int
    faults: int
    seed: int
    cap: int = 3
    lease: float = 5.0

    @property
    def store(self) -> str:
        """Redis beside Redis, PostgreSQL beside RabbitMQ."""
        return "redis" if self.broker == "redis" else "postgres"


@dataclass(frozen=True)
class Cost:
    """What it cost; ``lost`` neither ran nor waits anywhere, ``waiting`` is still in the broker."""

    run: Run
    sent: int
    refused: int
    effects: int
    lost: int
    waiting: int
    duplicates: int
    poisons: int
    convicted: int
    dead: int
    innocents_dead: tuple[str, ...]
    poison_starts: tuple[int, ...]
    poison_losses: tuple[int, ...]
    recovery: float
    seconds: float


def broken_promises(cost: Cost) -> list[str]:
    """What celery-safe promises and this run has not kept."""
    run, found = cost.run, []
    where = f"{run.broker}, {run.fault}, seed {run.seed}: "
    if cost.lost or cost.waiting:
        found.append(f"{cost.lost} lost, {cost.waiting} still waiting of {cost.sent}")
    if cost.convicted < cost.poisons:
        found.append(f"only {cost.convicted} of {cost.poisons} poisons convicted")
    if cost.innocents_dead:
        found.append(f"innocents are dead letters: {'; '.join(cost.innocents_dead)}")
    if any(losses <= run.cap for losses in cost.poison_losses):
        found.append(f"convicted after {cost.poison_losses} losses with a cap of {run.cap}")
    # A worker that is frozen for longer than its lease runs what it held when it wakes up.
    thaws = run.faults if run.fault in ("freeze", "all") else 0
    if any(starts > run.cap + 1 + thaws for starts in cost.poison_starts):
        found.append(f"poisons started {cost.poison_starts} times with a cap of {run.cap}")
    return [where + one for one in found]


class Effects:
    """What tasks and publisher have noted, read as it grows."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._file = path.open("rb")
        self._rest = b""
        self.count: dict[str, Counter[str]] = defaultdict(Counter)
        self.lines: list[tuple[float, str, str]] = []

    def read(self) -> bool:
        """Read what is new; whether there was any."""
        data = self._rest + self._file.read()
        *lines, self._rest = data.split(b"\n")
        for line in lines:
            at, what, name, _ = line.decode().split()
            self.count[what][name] += 1
            self.lines.append((float(at), what, name))
        return bool(lines)

    def recovery(self, at: float) -> float:
        """Seconds from ``at`` until what ran then has ended, and something new has begun."""
        open_ = {
            name for t, what, name in self.lines if what == "start" and t <= at and ":" not in name
        } - {name for t, what, name in self.lines if what == "end" and t <= at}
        ends: dict[str, float] = {}
        begun = 0.0
        for t, what, name in self.lines:
            if t > at and what == "end" and name in open_:
                ends.setdefault(name, t)
            if t > at and what == "start" and not begun:
                begun = t
        return max([begun, *ends.values()]) - at if begun or ends else 0.0


class Stage:
    """The servers and processes of one run, for its faults."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.random = random.Random(run.seed)
        kind, _, queue_type = run.broker.partition("-")
        self.broker: Server = {"redis": Redis, "rabbitmq": RabbitMQ}[kind](folder / "broker")
        self.backend: Redis = Redis(folder / "backend")
        self.store = shelf.Shelf(run.store, folder / "store")
        self.longer_than_a_lease = max(run.lease, SILENCE) + 2
        self._servers: list[Server] = [self.broker, self.backend, self.store.server]
        self.queue = f"chaos-{run.fault}"
        self.queue_type = queue_type or "classic"

    def __enter__(self) -> Stage:
        try:
            for server in self._servers:
                server.start()
            self.store.init()
            self.proxy = Proxy(self.broker.port)
            url = self.broker.url()
            if self.run.fault in ("cut", "delay", "all"):
                url = url.replace(str(self.broker.port), str(self.proxy.port))
            self.effects = Effects(self.folder / "effects")
            env = {
                "APP": self.run.app, "BROKER": url, "BACKEND": self.backend.url(1),
                "QUEUE": self.queue, "QUEUE_TYPE": self.queue_type, "STORE": self.store.url(),
                "EFFECTS": str(self.folder / "effects"), "CAP": str(self.run.cap),
                "LEASE": str(self.run.lease),
                # With "run" a task may start while its losses cannot be counted.
                "AWAY": "hold" if self.run.fault in ("restart_store", "fill_store", "all") else "run",
            }  # fmt: skip
            self.env = env
            self.fleet = Fleet(env, self.folder, with_relay=self.run.fault == "kill_relay")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "fleet"):
            self.fleet.end()
        if hasattr(self, "proxy"):
            self.proxy.close()
        for server in self._servers:
            server.close()

    def fill_store(self, is_full: bool) -> None:
        self.store.fill(is_full)

    # -- the run

    def words(self) -> list[str]:
        """What is sent: innocents by number, one poison of each kind in between."""
        found = [str(n) for n in range(self.run.tasks)]
        for kind in POISONS:
            found.insert(self.random.randrange(len(found) // 2), f"{kind}:{kind}")
        return found

    def play(self, patience: float) -> Cost:
        """Send everything, with the faults in between; end when all is done, or nothing moves."""
        begun = time.monotonic()
        words = self.words()
        total = len(words)
        points = sorted(
            self.random.sample(range(total // 20, total * 4 // 5), self.run.faults)
            if faults.FAULTS[self.run.fault] else []
        )  # fmt: skip
        kinds = [self.random.choice(faults.FAULTS[self.run.fault]) for _ in points]
        pending = list(zip(points, kinds, strict=True))
        active: Iterator[float] | None = None
        resume_at, fired = 0.0, []
        moved = time.monotonic()
        while True:
            now = time.monotonic()
            if self.effects.read() or active is not None:
                moved = now
            ended, sent = self.effects.count["end"], self.effects.count["sent"]
            known = len(sent) + len(self.effects.count["refused"])
            if words and total - len(words) - known < 20 and known - len(ended) < WINDOW:
                self.fleet.publisher.send(words[:10])
                del words[:10]
            if active is None and pending and len(ended) >= pending[0][0]:
                fired.append(now)
                active = pending.pop(0)[1](self)
                resume_at = now + next(active)
            elif active is not None and now >= resume_at:
                pause = next(active, None)
                active, resume_at = (None, 0) if pause is None else (active, now + pause)
            self.fleet.tend()
            if active is None and not pending and known == total and self._is_done():
                break
            if now - moved > patience:
                break
            time.sleep(0.02)
        self._fire_rest(active)
        return self._cost(fired, time.monotonic() - begun)

    def _fire_rest(self, active: Iterator[float] | None) -> None:
        for _ in active or ():
            pass

    def _is_done(self) -> bool:
        ended = self.effects.count["end"]
        if any(":" not in word and word not in ended for word in self.effects.count["sent"]):
            return False
        return self.run.app == "plain" or len(self.store.dead()) >= len(POISONS)

    def _cost(self, fired: list[float], seconds: float) -> Cost:
        count = self.effects.count
        sent = {word for word in count["sent"] if ":" not in word}
        missing = sent - set(count["end"])
        waiting = missing & shelf.left(self) if missing else set()
        dead = self.store.dead() if self.run.app == "safe" else {}
        names = [f"{self.queue}-{kind}:{kind}" for kind in POISONS]
        return Cost(
            run=self.run, sent=len(sent), refused=len(count["refused"]),
            effects=len(count["end"]), lost=len(missing - waiting), waiting=len(waiting),
            duplicates=sum(count["end"].values()) - len(count["end"]), poisons=len(names),
            convicted=sum(dead[n].reason.startswith("PoisonPill") for n in names if n in dead),
            dead=len(dead), innocents_dead=tuple(entry.reason for id, entry in dead.items() if id not in names),
            poison_starts=tuple(count["start"][f"{kind}:{kind}"] for kind in POISONS),
            poison_losses=tuple(len(dead[n].details.get("losses", ())) for n in names if n in dead),
            recovery=max([self.effects.recovery(at) for at in fired], default=0.0), seconds=seconds,
        )  # fmt: skip
