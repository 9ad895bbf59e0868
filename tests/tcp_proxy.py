"""A TCP proxy between two of our processes: it delays, cuts and swallows when told."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

CHUNK = 64 * 1024
TICK_S = 0.05


class TcpProxy:
    """Carries bytes both ways; what it does to them may be changed at any time."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TICK_S)
        self.port: int = self._listener.getsockname()[1]
        self.delay_s = 0.0
        # Nothing arrives any more, and nobody is told: a cable that was pulled.
        self.is_silent = False
        self._is_cut = self._is_closed = False
        # Raised to end the connections that there are.
        self._generation = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, url: str) -> str:
        """The same address, by way of this proxy."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{self.port}"))

    def cut(self) -> None:
        """End all connections and refuse new ones, until `mend`."""
        self._is_cut = True
        self.drop()

    def drop(self) -> None:
        """End all connections; new ones are let through."""
        self._generation += 1

    def mend(self) -> None:
        if self.is_silent:
            # What was swallowed is missing in the middle of a connection, which TCP never does.
            self.drop()
        self._is_cut, self.is_silent, self.delay_s = False, False, 0.0

    def close(self) -> None:
        self._is_closed = True
        self.drop()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_closed:
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        born = self._generation
        with client, suppress(OSError):
            if self._is_cut:
                return
            with socket.create_connection(self._place, timeout=5) as server:
                for end in (client, server):
                    end.setblocking(True)
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while born == self._generation:
                    if not self._carry(client, server):
                        return

    def _carry(self, client: socket.socket, server: socket.socket) -> bool:
        ready, _, _ = select.select((client, server), (), (), TICK_S)
        for source in ready:
            data = source.recv(CHUNK)
            if not data:
                return False
            if self.delay_s:
                time.sleep(self.delay_s)  # the delay is what the proxy is for
            if not self.is_silent:
                (server if source is client else client).sendall(data)
        return True


@contextmanager
def proxy_to(url: str) -> Iterator[TcpProxy]:
    """A proxy in front of the server of a URL."""
    parts = urlsplit(url)
    proxy = TcpProxy(str(parts.hostname), int(parts.port or 0))
    try:
        yield proxy
    finally:
        proxy.close()
