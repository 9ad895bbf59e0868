"""A gateway of one process: the part of Kong's Admin API that weights need, and a proxy over it."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_SERVICE_HOSTS = ("127.0.0.2", "127.0.0.3")


class FakeGateway:
    """Weights by upstream and target; answers `X-Served-By` in proportion to the read weights."""

    def __init__(self) -> None:
        self.monolith_target = ""
        self.service_targets: tuple[str, ...] = ()
        self.weights: dict[str, dict[str, int]] = {}
        self.is_up = True
        self.is_following = True
        # Changes are asked for, and neither made nor answered.
        self.swallows_changes = False
        self.swallowed = threading.Event()
        # Changes are answered by an error.
        self.refuses_changes = False
        self.patched: list[tuple[str, str, int]] = []

    def open_for(self, port: int) -> None:
        self.monolith_target = f"127.0.0.1:{port}"
        self.service_targets = tuple(f"{host}:{port}" for host in _SERVICE_HOSTS)
        start = {self.monolith_target: 100, **dict.fromkeys(self.service_targets, 0)}
        names = ("shop-read", "shop-write", "shop-opt-in")
        self.weights = {name: dict(start) for name in names}

    def share(self, upstream: str) -> float:
        weights = self.weights[upstream]
        return 100 * sum(weights[t] for t in self.service_targets) / sum(weights.values())

    def change(self, upstream: str, target: str, weight: int) -> dict[str, object]:
        if self.swallows_changes:
            self.swallowed.wait(30)
            return {}
        self.weights[upstream][target] = weight
        self.patched.append((upstream, target, weight))
        return _target(upstream, target, weight)

    def served_by(self) -> str:
        served_by_service = random.random() * 100 < self.share("shop-read") and self.is_following
        return "shop-service" if served_by_service else "monolith"


def _handler(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if not gateway.is_up and path.startswith("/upstreams"):
                self._answer({"message": "An unexpected error occurred"}, status=500)
            elif path.startswith("/upstreams/"):
                upstream = path.split("/")[2]
                data = [_target(upstream, t, w) for t, w in gateway.weights[upstream].items()]
                self._answer({"data": data, "next": None})
            else:
                self._answer({}, served_by=gateway.served_by())

        def do_PATCH(self) -> None:
            _, _, upstream, _, target = self.path.split("/")
            if gateway.refuses_changes:
                self._answer({"message": "An unexpected error occurred"}, status=500)
                return
            length = int(self.headers["Content-Length"])
            weight = json.loads(self.rfile.read(length))["weight"]
            self._answer(gateway.change(upstream, target, weight))

        def do_DELETE(self) -> None:
            _, _, upstream, _, target = self.path.split("/")
            del gateway.weights[upstream][target]
            self.send_response(204)
            self.end_headers()

        def _answer(self, body: object, *, status: int = 200, served_by: str = "") -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if served_by:
                self.send_header("X-Served-By", served_by)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@contextmanager
def running() -> Iterator[tuple[FakeGateway, str]]:
    gateway = FakeGateway()

    handler = _handler(gateway)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    port = server.server_port
    # Whoever stands in an upstream is asked for /readyz, so the instances have to answer too.
    servers = [server, *(ThreadingHTTPServer((host, port), handler) for host in _SERVICE_HOSTS)]
    gateway.open_for(port)
    for each in servers:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    try:
        yield gateway, f"http://127.0.0.1:{port}"
    finally:
        gateway.swallowed.set()
        for each in servers:
            each.shutdown()
            each.server_close()


def _target(upstream: str, target: str, weight: int) -> dict[str, object]:
    return {
        "id": f"{upstream}-{target}",
        "upstream": {"id": upstream},
        "target": target,
        "weight": weight,
    }
