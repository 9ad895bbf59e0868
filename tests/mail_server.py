"""A mail server of our own: it takes whatever comes, as slowly as a test wants."""

import socketserver
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps the mails that it took; slow is how long it thinks about an answer, by command."""

    daemon_threads = True

    def __init__(self, **slow: float) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.slow = slow
        self.taken: list[bytes] = []
        self.asked = Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.asked.set()
        self._say("greeting", "220 here")
        for line in self.rfile:
            command = line[:4].decode().strip().lower()
            if command == "quit":
                return self._say(command, "221 bye")
            if command == "data":
                self._say(command, "354 go on")
                self.server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                command = "dot"
            self._say(command, "250 yes")
        return None

    def _say(self, command: str, answer: str) -> None:
        time.sleep(self.server.slow.get(command, 0.0))
        try:
            self.wfile.write(f"{answer}\r\n".encode())
        except OSError:
            # Who asked has lost patience.
            return


@contextmanager
def mail_server(**slow: float) -> Iterator[MailServer]:
    """Serve until the end of the block."""
    with MailServer(**slow) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
