"""A TCP proxy on the loopback interface that cuts and delays what goes through it."""

from __future__ import annotations

import socket
import struct
import threading
import time

from celery_safe.testing.local import free_port


class Proxy:
    """Forwards a port of its own to ``port``, one thread for each direction of a connection."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = free_port()
        self.delay = 0.0
        self._is_cut = False
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._start(self._accept)

    def cut(self) -> None:
        """Reset every connection, and each new one until :meth:`heal`."""
        self._is_cut = True
        with self._lock:
            cut, self._pairs = self._pairs, set()
        for one in cut:
            _reset(one)

    def heal(self) -> None:
        """Let everything through again, at once."""
        self._is_cut = False
        self.delay = 0.0

    def close(self) -> None:
        """End."""
        self.cut()
        # A thread that waits in accept() would keep the port.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, call: object, *args: object) -> None:
        threading.Thread(target=call, args=args, daemon=True).start()  # type: ignore[arg-type]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._to), 5)
                server.settimeout(None)
            except OSError:
                _reset(client)
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs |= {client, server}
            self._start(self._pump, client, server)
            self._start(self._pump, server, client)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if self.delay:
                    time.sleep(self.delay)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(source)
            _reset(target)
        with self._lock:
            self._pairs -= {source}


def _reset(one: socket.socket) -> None:
    """Close with a reset, not in good order."""
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is no longer connected, so there is nothing to reset
    one.close()
