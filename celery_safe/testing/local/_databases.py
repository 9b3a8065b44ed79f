"""Databases as local processes. What is committed survives a SIGKILL; a power cut is not simulated."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from celery_safe.errors import MissingExtra
from celery_safe.testing.local._server import DEADLINE, Server, missing

#: Debian keeps the server's programs off the PATH, one folder for each version.
_POSTGRES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin",
             "/usr/local/opt/postgresql*/bin", "/usr/local/pgsql/bin")  # fmt: skip
_SBIN = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


def _is_root() -> bool:
    return os.geteuid() == 0


class Postgres(Server):
    """A PostgreSQL with the superuser ``postgres``, without a password, on the loopback interface.

    It refuses to run as root: then it runs as the user ``postgres`` or ``nobody``, with its data in
    a temporary folder that this user may enter, removed by :meth:`close`.
    ``fsync`` is off: a killed process loses nothing, as what it wrote is with the kernel.

    Raises:
        ServerMissing: when it is started and PostgreSQL is not installed.
    """

    _data: Path | None = None

    def start(self) -> None:
        """See :meth:`Server.start`."""
        programs = self._programs()
        if self._data is None:
            self._data = self._init(programs)
        command = [
            str(programs / "postgres"), "-D", str(self._data), "-p", str(self.port),
            *(f"-c{name}={value}" for name, value in {
                "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
                "max_connections": "200",
            }.items()),
        ]  # fmt: skip
        end = time.monotonic() + DEADLINE
        self.log.touch()
        while True:
            begins_at = self.log.stat().st_size
            self.spawn(command, user=self._user(), cwd=self._data)
            try:
                self.wait_until(lambda: self._answers(programs))
            except RuntimeError:
                # After a SIGKILL the kernel may still be taking the memory of the last one away.
                late = b"is still in use" in self.log.read_bytes()[begins_at:]
                if not late or time.monotonic() > end:
                    raise
            else:
                return

    def _programs(self) -> Path:
        on_path = shutil.which("initdb")
        if on_path is not None:
            return Path(on_path).resolve().parent
        found = [p for pattern in _POSTGRES for p in Path("/").glob(pattern[1:])]
        found = [p for p in found if (p / "initdb").exists()]
        if not found:
            raise missing("PostgreSQL", "postgresql", "postgresql")
        return max(found, key=_version)

    def _user(self) -> str | None:
        if not _is_root():
            return None
        import pwd

        known = {entry.pw_name for entry in pwd.getpwall()}
        return next(name for name in ("postgres", "nobody") if name in known)

    def _init(self, programs: Path) -> Path:
        user = self._user()
        data = self.folder / "data"
        if (data / "PG_VERSION").exists():
            return data
        if user is not None:
            # Test folders are closed to other users, from the top on.
            data = Path(tempfile.mkdtemp(prefix="celery-safe-postgres-"))
            shutil.chown(data, user)
        command = [
            str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust",
            "-E", "UTF8", "--locale=C", "--no-sync",
        ]  # fmt: skip
        cwd = data if user is not None else self.folder
        with self.log.open("ab") as log:
            made = subprocess.run(
                command, cwd=cwd, user=user, stdout=log, stderr=log, check=False, timeout=DEADLINE
            )
        if made.returncode:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"initdb ended with {made.returncode}:\n{tail}")
        return data

    def _answers(self, programs: Path) -> bool:
        command = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False, timeout=DEADLINE).returncode == 0

    def signal(self, number: int) -> None:
        """See :meth:`Server.signal`. Its children have sessions of their own, so each gets it."""
        if self.process is None or self.process.poll() is not None:
            return
        try:
            import psutil
        except ImportError as error:
            raise MissingExtra(
                "signals to PostgreSQL need psutil: pip install 'celery-safe[testing]'"
            ) from error
        main = psutil.Process(self.process.pid)
        # The main process first: it must not start a child again that has just been killed.
        for process in (main, *main.children(recursive=True)):
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue

    def stop(self) -> None:
        """See :meth:`Server.stop`. SIGINT, as SIGTERM would wait for every client to go."""
        self.signal(signal.SIGCONT)
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self) -> None:
        """See :meth:`Server.close`."""
        self.kill()
        if self._data is not None and self.folder not in self._data.parents:
            shutil.rmtree(self._data)
            self._data = None

    def database(self, name: str) -> str:
        """Make a database of this name, and give its URL."""
        command = [
            str(self._programs() / "createdb"), "-h", "127.0.0.1", "-p", str(self.port),
            "-U", "postgres", name,
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=DEADLINE)
        return self.url(name)

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases, for SQLAlchemy with psycopg."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"


def _version(programs: Path) -> tuple[int, ...]:
    """14 and 9.6 of ``/usr/lib/postgresql/14/bin`` and ``/usr/pgsql-9.6/bin``."""
    digits = "".join(c if c.isdigit() else " " for c in programs.parent.name)
    return tuple(map(int, digits.split()))


class MariaDB(Server):
    """A MariaDB with the user ``root``, without a password, on the loopback interface.

    Raises:
        ServerMissing: when it is started and MariaDB is not installed.
    """

    def start(self) -> None:
        """See :meth:`Server.start`."""
        data = self.folder / "data"
        user = ["--user=root"] if _is_root() else []
        server = self._program("mariadbd")
        if not data.exists():
            self._init(data, user)
        self.spawn(
            [server, "--no-defaults", f"--datadir={data}", f"--port={self.port}", *user,
             "--bind-address=127.0.0.1", "--socket=socket", "--skip-name-resolve",
             "--innodb-flush-log-at-trx-commit=2"]
        )  # fmt: skip
        self.wait_until(self._answers)

    def _program(self, name: str) -> str:
        found = shutil.which(name, path=_SBIN)
        if found is None:
            raise missing("MariaDB", "mariadb-server-core mariadb-client-core", "mariadb")
        return found

    def _init(self, data: Path, user: list[str]) -> None:
        # Made beside its place, so that a run that was cut off leaves no half of it there.
        half = self.folder / "half"
        shutil.rmtree(half, ignore_errors=True)
        command = [
            self._program("mariadb-install-db"), "--no-defaults", f"--datadir={half}", *user,
            "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            made = subprocess.run(command, stdout=log, stderr=log, check=False, timeout=DEADLINE)
        if made.returncode:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"mariadb-install-db ended with {made.returncode}:\n{tail}")
        half.rename(data)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                # A greeting of protocol 10 after the four bytes of the packet's head.
                return s.recv(5)[4:] == b"\x0a"
        except OSError:
            return False

    def database(self, name: str) -> str:
        """Make a database of this name, and give its URL."""
        command = [
            self._program("mariadb"), "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port),
            "-u", "root", "-e", f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4",
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=DEADLINE)
        return self.url(name)

    def url(self, database: str = "mysql") -> str:
        """The URL of one of its databases, for SQLAlchemy with PyMySQL."""
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{database}?charset=utf8mb4"
