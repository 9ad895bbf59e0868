"""file-log and opentelemetry, which stand in the listener itself."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway_config.embedded_gateway.conftest import until


@pytest.fixture(scope="module")
def admin(live: Any, backends: list[Any]) -> Iterator[httpx.Client]:
    with live.admin() as client:
        _made(client, "/upstreams", name="u")
        _made(client, "/upstreams/u/targets", target=backends[0].target)
        _made(client, "/services", name="s", host="u")
        for name in ("logged", "quiet"):
            _made(client, "/services/s/routes", name=name, paths=[f"/{name}"])
        yield client


def _made(client: httpx.Client, path: str, **body: Any) -> str:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            received.append(self.path.encode() + body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
    server.shutdown()
    server.server_close()


def test_a_file_log_holds_the_requests_of_its_route(
    live: Any, admin: httpx.Client, backends: list[Any], tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    plugin = _made(admin, "/routes/logged/plugins", name="file-log", config={"path": str(path)})
    with live.proxy() as proxy:
        proxy.get("/quiet/x")
        assert proxy.get("/logged/x?q=1").status_code == 200
    until(lambda: path.exists() and path.read_text(), "nothing was written")
    (line,) = path.read_text().splitlines()
    told = json.loads(line)
    assert told["route"] == {"name": "logged"}
    assert told["request"]["uri"] == "/logged/x"
    assert told["response"]["status"] == 200
    assert told["tries"] == [{"ip": "127.0.0.1", "port": backends[0].port}]
    assert told["latencies"]["proxy"] >= 0
    # Whoever bounds the file may empty it while it is open.
    os.truncate(path, 0)
    with live.proxy() as proxy:
        proxy.get("/logged/again")
    until(lambda: path.stat().st_size, "nothing was written after the file was emptied")
    assert json.loads(path.read_text())["request"]["uri"] == "/logged/again"
    assert admin.delete(f"/plugins/{plugin}").status_code == 204


def test_a_file_log_names_the_target_that_gave_no_answer(
    live: Any, admin: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        _made(admin, "/upstreams", name="gone")
        _made(admin, "/upstreams/gone/targets", target=f"127.0.0.1:{port}")
        service = _made(admin, "/services", name="gone", host="gone", retries=0)
        _made(admin, "/services/gone/routes", name="gone", paths=["/gone"])
        plugin = _made(
            admin, f"/services/{service}/plugins", name="file-log", config={"path": str(path)}
        )
        with live.proxy() as proxy:
            assert proxy.get("/gone").status_code == 502
    until(lambda: path.exists() and path.read_text(), "nothing was written")
    told = json.loads(path.read_text())
    assert told["service"] == {"name": "gone"}
    assert told["tries"] == [{"ip": "127.0.0.1", "port": port}]
    assert told["latencies"]["proxy"] is None
    assert admin.delete(f"/plugins/{plugin}").status_code == 204


@pytest.mark.slow
def test_spans_go_to_the_collector_and_on_to_the_service(
    live: Any,
    admin: httpx.Client,
    backends: list[Any],
    collector: tuple[str, list[bytes]],
) -> None:
    url, received = collector
    config = {"traces_endpoint": url, "resource_attributes": {"service.name": "the-gateway"}}
    plugin = _made(admin, "/plugins", name="opentelemetry", config=config)
    with live.proxy() as proxy:
        assert proxy.get("/logged/traced").status_code == 200
    until(lambda: received, "no span arrives")
    assert received[0].startswith(b"/v1/traces")
    assert b"the-gateway" in received[0]
    seen = next(s for s in reversed(backends[0].seen) if s["path"] == "/traced")
    assert seen["headers"]["traceparent"]
    assert admin.delete(f"/plugins/{plugin}").status_code == 204


def test_tracing_is_for_all_routes_or_none(admin: httpx.Client) -> None:
    config = {"traces_endpoint": "http://127.0.0.1:4318/v1/traces"}
    answer = admin.post("/routes/logged/plugins", json={"name": "opentelemetry", "config": config})
    assert (answer.status_code, answer.json()["code"]) == (400, 2)
