"""Which requests are sent again after a connection that broke once it had them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest


class _Breaking:
    """A server that takes requests and closes without an answer."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def taken(self) -> list[str]:
        """The method of each request."""
        return [request.split(b" ")[0].decode() for request in self.requests]

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))


@contextmanager
def _routed(live: Any, path: str, *, retries: int) -> Iterator[tuple[_Breaking, httpx.Client]]:
    server = _Breaking()
    with live.admin() as admin, live.proxy() as proxy:
        name = path.strip("/")
        for where, body in (
            ("/services", {"name": name, "url": server.url, "retries": retries}),
            (f"/services/{name}/routes", {"name": name, "paths": [path]}),
        ):
            answer = admin.post(where, json=body)
            assert answer.status_code == 201, answer.text
        try:
            yield server, proxy
        finally:
            admin.delete(f"/routes/{name}")
            admin.delete(f"/services/{name}")
            server.close()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_idempotent_request_is_sent_again(live: Any, method: str) -> None:
    with _routed(live, "/breaking", retries=2) as (server, proxy):
        assert proxy.request(method, "/breaking").status_code == 502
    assert server.taken == [method] * 3


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_any_other_is_sent_once(live: Any, method: str) -> None:
    with _routed(live, "/breaking", retries=2) as (server, proxy):
        assert proxy.request(method, "/breaking").status_code == 502
    assert server.taken == [method]


def test_without_retries_nothing_is_sent_again(live: Any) -> None:
    with _routed(live, "/breaking", retries=0) as (server, proxy):
        assert proxy.get("/breaking").status_code == 502
    assert server.taken == ["GET"]


def test_a_client_cannot_ask_for_retries(live: Any) -> None:
    asked = {"x-envoy-retry-on": "5xx,reset", "x-envoy-max-retries": "5"}
    with _routed(live, "/breaking", retries=2) as (server, proxy):
        assert proxy.post("/breaking", headers=asked).status_code == 502
    assert server.taken == ["POST"]


@pytest.mark.parametrize("retries", [0, 2])
def test_the_service_sees_nothing_of_it(live: Any, retries: int) -> None:
    with _routed(live, "/breaking", retries=retries) as (server, proxy):
        proxy.get("/breaking")
    assert not any(b"x-envoy-retry" in request.lower() for request in server.requests)
