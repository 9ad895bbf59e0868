"""A gateway in three strengths: entities only, the Admin API with a fake Envoy, the real thing."""

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from embedded_gateway.admin_api import admin_api
from embedded_gateway.envoy_admin import CDS, RDS
from embedded_gateway.errors import NotInForce, SchemaViolation
from embedded_gateway.gateway import Gateway
from tests.free_ports import free_port

with warnings.catch_warnings():
    # Starlette asks for a successor of httpx that nothing else here needs.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

_ROOT = Path(__file__).parents[3]
_FILES = {CDS: "cds.json", RDS: "rds/main.json"}


class FakeEnvoy:
    """Takes over at once what is written, unless it is down or told to reject."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.is_up = True
        self.rejects = False
        self._rejections = 0

    def versions(self, subjects: Iterable[str]) -> dict[str, str]:
        return {} if self.rejects else {subject: self._version(subject) for subject in subjects}

    def rejections(self) -> int:
        if not self.is_up:
            raise NotInForce("the proxy does not answer")
        self._rejections += self.rejects
        return self._rejections

    def warming(self) -> int:
        return 0

    def is_ready(self) -> bool:
        return self.is_up

    def prometheus(self, prefix: str) -> str:
        return ""

    def clusters(self) -> list[dict[str, Any]]:
        return []

    def _version(self, subject: str) -> str:
        if subject in _FILES:
            text = (self._directory / _FILES[subject]).read_text()
            return str(json.loads(text)["version_info"])
        clusters = json.loads((self._directory / "cds.json").read_text())["resources"]
        users = {f"cluster.{c['name']}": c["eds_cluster_config"]["service_name"] for c in clusters}
        text = (self._directory / "eds" / f"{users[subject]}.json").read_text()
        return str(json.loads(text)["version_info"])


@dataclass(slots=True)
class Admin:
    """The Admin API in this process, without a socket."""

    directory: Path
    envoy: FakeEnvoy
    gateway: Gateway
    http: TestClient
    refuse: list[str] = field(default_factory=list)

    def post(self, path: str, **body: Any) -> httpx.Response:
        answer: httpx.Response = self.http.post(path, json=body)
        return answer

    def made(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.post(path, **body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def files(self) -> dict[str, str]:
        found = self.directory.rglob("*.json")
        return {str(path.relative_to(self.directory)): path.read_text() for path in found}


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    envoy = FakeEnvoy(tmp_path)
    refuse: list[str] = []

    def validate(*_: Any, **__: Any) -> None:
        if refuse:
            raise SchemaViolation({"@entity": list(refuse)})

    gateway = Gateway(tmp_path, envoy, validator=validate)
    with TestClient(admin_api(gateway, directory=tmp_path)) as http:
        yield Admin(directory=tmp_path, envoy=envoy, gateway=gateway, http=http, refuse=refuse)


@dataclass(slots=True)
class Backend:
    """Says who it is; `is_healthy` is what its health check answers."""

    port: int
    server: ThreadingHTTPServer
    is_healthy: bool = True
    seen: list[dict[str, Any]] = field(default_factory=list)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"


def start_backend(port: int) -> Backend:
    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path == "/healthz":
                self._answer(200 if backend.is_healthy else 503)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            backend.seen.append({"path": self.path, "headers": headers})
            self._answer(200)

        do_POST = do_GET

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.send_header("X-Backend", str(port))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Echo)
    server.daemon_threads = True
    backend = Backend(port=port, server=server)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return backend


@dataclass(slots=True)
class LiveGateway:
    """Both processes of the gateway, and ways to kill and start them one by one."""

    state: Path
    proxy_port: int
    admin_port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        port = self.proxy_port if name == "envoy" else self.admin_port
        inherited = {key: value for key, value in os.environ.items() if key != "PORT_BASE"}
        environment = {
            **inherited,
            "STATE_DIR": str(self.state),
            "PORT": str(port),
            "PYTHONPATH": str(_ROOT / "gateway-config"),
        }
        with (self.state / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "embedded_gateway", name],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait(10)

    def admin(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.admin_port}", timeout=30)

    def proxy(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.proxy_port}", timeout=10)

    def until_ready(self) -> None:
        until(self._is_ready, "the gateway is not ready")

    def _is_ready(self) -> bool:
        try:
            with self.admin() as admin:
                return admin.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False


def until(condition: Callable[[], object], complaint: str, *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.01)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveGateway]:
    # A path longer than a unix socket may have, as a clone's can be.
    state = tmp_path_factory.mktemp("a" * 60) / ("b" * 60)
    state.mkdir()
    gateway = LiveGateway(state=state, proxy_port=free_port(), admin_port=free_port())
    try:
        gateway.start("envoy")
        gateway.start("admin")
        gateway.until_ready()
        yield gateway
    finally:
        for name in list(gateway.processes):
            gateway.kill(name)


@pytest.fixture(scope="module")
def backends() -> Iterator[list[Backend]]:
    started = [start_backend(free_port()) for _ in range(2)]
    yield started
    for backend in started:
        backend.server.shutdown()
        backend.server.server_close()
