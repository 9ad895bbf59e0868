"""A real gateway in front of two small backends, one of which can be made slow or faulty."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.gateway_config.conformance.embedded import running as gateway_running

PATH = "/things"


class Version(ThreadingHTTPServer):
    """One side: says who it is, waits and fails as it is told to."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.delay_s = 0.0
        self.failing = 0.0

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def become(self, *, delay_s: float = 0.0, failing: float = 0.0) -> None:
        """From now on be another version, one with this fault."""
        self.delay_s, self.failing = delay_s, failing


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Version

    def do_GET(self) -> None:
        is_asked = self.path.startswith(PATH)
        if is_asked:
            time.sleep(self.server.delay_s)
        is_injected = is_asked and random.random() < self.server.failing
        self.send_response(500 if is_injected else 200)
        self.send_header("Content-Length", "0")
        self.send_header("X-Served-By", self.server.name)
        if is_injected:
            self.send_header("X-Injected", "yes")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@dataclass(slots=True, kw_only=True)
class Readers:
    """People who read all the time, and what they were answered."""

    url: str
    count: int = 4
    pause_s: float = 0.02
    # When, status, and whether it was an injected failure; a transport error has status 0.
    answers: list[tuple[float, int, bool]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Readers":
        self._threads = [threading.Thread(target=self._read) for _ in range(self.count)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as client:
            while not self._stop.wait(self.pause_s):
                try:
                    answer = client.get(PATH)
                    told = answer.status_code, "X-Injected" in answer.headers
                except httpx.TransportError:
                    told = 0, False
                self.answers.append((time.monotonic(), *told))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoVersions:
    """The gateway, both sides behind it, and the log in which it writes about them."""

    admin: str
    proxy: str
    log: Path
    monolith: Version
    service: Version


@contextmanager
def two_versions(folder: Path) -> Iterator[TwoVersions]:
    with ExitStack() as stack:
        sides = [Version("monolith"), Version("shop-service")]
        for side in sides:
            threading.Thread(target=side.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(side.server_close)
            stack.callback(side.shutdown)
        admin, proxy = stack.enter_context(gateway_running(folder))
        log = folder / "requests.jsonl"
        _declare(admin, sides, log)
        yield TwoVersions(admin=admin, proxy=proxy, log=log, monolith=sides[0], service=sides[1])


def _declare(admin: str, sides: list[Version], log: Path) -> None:
    with httpx.Client(base_url=admin, trust_env=False, timeout=30) as client:

        def make(path: str, **body: Any) -> None:
            client.post(path, json=body).raise_for_status()

        for traffic in ("read", "write", "opt-in"):
            make("/upstreams", name=f"shop-{traffic}")
            for side, weight in zip(sides, (100, 0), strict=True):
                make(f"/upstreams/shop-{traffic}/targets", target=side.target, weight=weight)
        make("/services", name="shop-read", host="shop-read")
        make("/services/shop-read/plugins", name="file-log", config={"path": str(log)})
        make("/services/shop-read/routes", name="shop-read", paths=[PATH], strip_path=False)
