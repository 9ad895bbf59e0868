"""The web server of a container: bounded in what it waits for, and able to leave without a loss."""

import logging
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
from eventlet import greenio, wsgi
from nameko.extensions import DependencyProvider
from nameko.web.server import HttpOnlyProtocol
from nameko.web.server import WebServer as StockWebServer

# An idle upstream connection is the gateway's to close first, so ours is the longer patience.
IDLE_TIMEOUT_S = 300
READ_TIMEOUT_S = 30
FLUSH_TIMEOUT_S = 5
# How much of a refused body is still taken in, so that the client reads our answer, not a reset.
LINGER_BYTES = 4 * 1024 * 1024
LINGER_S = 2.0

log = logging.getLogger(__name__)


class _Protocol(HttpOnlyProtocol):
    """Lets the application end a connection whose body it will not read."""

    refused_body = False

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["chassis.close_connection"] = self._refuse_body
        return environ

    def finish(self) -> None:
        if self.refused_body:
            self._linger()
        super().finish()

    def _refuse_body(self) -> None:
        self.refused_body = True
        self.close_connection = True

    def _linger(self) -> None:
        # Closing with unread input resets the connection, and the reset may overtake the answer.
        with eventlet.Timeout(LINGER_S, exception=False):
            try:
                self.wfile.flush()
                self.connection.shutdown(1)
                left = LINGER_BYTES
                while left > 0 and (chunk := self.connection.recv(65536)):
                    left -= len(chunk)
            except OSError:
                return


class WebServer(StockWebServer):
    """Accepts, answers, drains."""

    _is_accepting: bool
    _starting: bool

    def __init__(self) -> None:
        super().__init__()
        self.is_draining = False
        self._open: dict[int, list[Any]] = {}

    @property
    def has_begun(self) -> bool:
        """Whether it was told to start."""
        return self._starting

    def get_wsgi_app(self) -> Any:
        """Build the application from the HTTP entrypoints of this container."""
        # Late: both stand on this module.
        from extracted.chassis.http import Http  # noqa: PLC0415
        from extracted.chassis.wsgi import App  # noqa: PLC0415

        return App(
            service=self.container.service_name,
            entrypoints=[found for found in self._providers if isinstance(found, Http)],
            parts=lambda: self.container.extensions,
            is_draining=lambda: self.is_draining,
        )

    def get_wsgi_server(self, sock: Any, wsgi_app: Any) -> Any:
        """Build eventlet's server: no tracebacks to clients, no log of its own."""
        return wsgi.Server(
            sock,
            sock.getsockname(),
            wsgi_app,
            protocol=_Protocol,
            debug=False,
            log_output=False,
            keepalive=IDLE_TIMEOUT_S,
            socket_timeout=READ_TIMEOUT_S,
        )

    def run(self) -> None:
        """Accept until drained; a client that leaves at once is no reason to stop."""
        while self._is_accepting:
            try:
                sock, address = self._sock.accept()
            except OSError:
                if not self._is_accepting:
                    return
                log.warning("accept failed", exc_info=True)
                eventlet.sleep(0.05)
                continue
            sock.settimeout(READ_TIMEOUT_S)
            self.container.spawn_managed_thread(partial(self.process_request, sock, address))

    def process_request(self, sock: Any, address: Any) -> None:
        """Serve one connection; nothing that happens on it may reach the container."""
        connection = [address, sock, wsgi.STATE_IDLE]
        self._open[id(connection)] = connection
        try:
            # An answer longer than eventlet's buffer (16 KiB) is sent in two parts. By Nagle's algorithm the
            # second waits until the first is acknowledged, which whoever receives it puts off for 40 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._serv.process_request(connection)
        except OSError:
            pass
        except Exception:
            log.exception("connection failed")
        finally:
            self._open.pop(id(connection), None)

    def announce_drain(self) -> None:
        """Say on /readyz that this process leaves, while it still serves."""
        self.is_draining = True

    def drain(self) -> None:
        """Stop accepting, close idle connections, end the others after their running request."""
        if not self._is_accepting:
            return
        self.is_draining = True
        self._is_accepting = False
        if self._gt is None:
            return
        self._gt.kill()
        self._sock.close()
        self._serv.keepalive = False
        for connection in list(self._open.values()):
            before, connection[2] = connection[2], wsgi.STATE_CLOSE
            if before == wsgi.STATE_IDLE:
                greenio.shutdown_safe(connection[1])

    def stop(self) -> None:
        """Wait for the last responses to leave."""
        self.drain()
        with eventlet.Timeout(FLUSH_TIMEOUT_S, exception=False):
            while self._open:
                eventlet.sleep(0.02)
        # Past the stock WebServer.stop, which would close the listener a second time.
        super(StockWebServer, self).stop()


class Health(DependencyProvider):
    """Serves the health paths from a service that has no HTTP entrypoint of its own."""

    server = WebServer()

    def setup(self) -> None:
        """Bring the web server up with the container."""
        self.server.register_provider(self)

    def stop(self) -> None:
        """Let the web server go."""
        self.server.drain()
        self.server.unregister_provider(self)
        super().stop()

    def get_dependency(self, _: Any) -> Callable[[], bool]:
        """Tell workers whether this process leaves: what goes on and on should come to its end."""
        return lambda: self.server.is_draining
