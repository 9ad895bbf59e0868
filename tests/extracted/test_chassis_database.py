"""A service outlives its database: what it was asked meanwhile is not held against it."""

import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.extracted.running import Start, until

# More than the pool has connections.
QUESTIONS = 40


def forward(door: socket.socket, *, to: tuple[str, int]) -> None:
    """Open a door: whoever comes in is connected to the real server."""
    door.listen()

    def admit() -> None:
        with suppress(OSError):
            while True:
                guest, _ = door.accept()
                host = socket.create_connection(to)
                for pair in ((guest, host), (host, guest)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=admit, daemon=True).start()


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """A port that is ours, where nobody listens yet."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield door


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), closing(source), closing(target):
        while some := source.recv(65536):
            target.sendall(some)


@pytest.mark.slow
def test_a_process_is_ready_again_however_often_it_was_asked_while_its_database_was_away(
    start: Start, database: Mapping[str, str], door: socket.socket
) -> None:
    port, there = door.getsockname()[1], urlsplit(database["CATALOG_DATABASE_URL"])
    assert there.hostname
    assert there.port
    netloc = there.netloc.replace(f":{there.port}", f":{port}")
    url = urlunsplit(there._replace(netloc=netloc))
    program = start("-m", "extracted.catalog", "serve", is_awaited=False, CATALOG_DATABASE_URL=url)

    def is_alive() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", program.http.base_url.port)):
            return True
        return False

    until(is_alive, within_s=30)
    with ThreadPoolExecutor(QUESTIONS) as crowd:
        answers = list(crowd.map(lambda _: program.http.get("/readyz"), range(QUESTIONS)))
    assert {answer.status_code for answer in answers} == {503}

    forward(door, to=(there.hostname, there.port))
    until(program.is_ready, within_s=30)
