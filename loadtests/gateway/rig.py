"""The rig: two backends and a bare proxy (nginx), and the gateway of this project, on free ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_S = 20.0
UPSTREAM = "bench"
# One answer for all, of the size of a small product; the header says which backend it was.
_BODY = "x" * 512
_NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    keepalive_requests 1000000;
    {servers}
}}
"""
_BACKEND = """
    server {{
        listen 127.0.0.1:{port};
        location / {{ add_header X-Backend {name}; return 200 "{body}"; }}
    }}"""
_PROXY = """
    upstream backend {{ server 127.0.0.1:{backend}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
        }}
    }}"""


class RigError(Exception):
    """Something that is needed is not there, or does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Where everything listens; `targets` are the two backends as Kong names them."""

    direct: str
    nginx: str
    gateway: str
    admin: str
    targets: tuple[str, str]


@contextmanager
def assembled(folder: Path) -> Iterator[Rig]:
    """Start everything, with the gateway on the first backend; raises RigError."""
    if (nginx := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")) is None:
        raise RigError("nginx is not installed: make bench-gateway installs it")
    one, two, bare, proxy, admin = _free_ports(5)
    backends = _BACKEND.format(port=one, name="one", body=_BODY)
    backends += _BACKEND.format(port=two, name="two", body=_BODY)
    with ExitStack() as stack:
        for name, servers in (
            ("backends", backends),
            ("bare", _PROXY.format(port=bare, backend=one)),
        ):
            _run(stack, [nginx, "-c", str(_configured(folder / name, servers))], folder / name)
        for name, port in (("envoy", proxy), ("admin", admin)):
            command = [sys.executable, "-m", "embedded_gateway", name]
            _run(stack, command, folder, PORT=str(port), STATE_DIR=str(folder))
        rig = Rig(
            direct=f"http://127.0.0.1:{one}",
            nginx=f"http://127.0.0.1:{bare}",
            gateway=f"http://127.0.0.1:{proxy}",
            admin=f"http://127.0.0.1:{admin}",
            targets=(f"127.0.0.1:{one}", f"127.0.0.1:{two}"),
        )
        _await(f"{rig.admin}/readyz")
        _configure(rig)
        for url in (rig.direct, rig.nginx, rig.gateway):
            _await(url)
        yield rig


def _configure(rig: Rig) -> None:
    """The first backend with all of the weight, behind one route for every path."""
    with httpx.Client(base_url=rig.admin, timeout=30, trust_env=False) as admin:
        for path, body in (
            ("/upstreams", {"name": UPSTREAM}),
            (f"/upstreams/{UPSTREAM}/targets", {"target": rig.targets[0], "weight": 100}),
            (f"/upstreams/{UPSTREAM}/targets", {"target": rig.targets[1], "weight": 0}),
            ("/services", {"name": "bench", "host": UPSTREAM, "port": 80, "protocol": "http"}),
            ("/services/bench/routes", {"name": "bench", "paths": ["/"]}),
        ):
            admin.post(path, json=body).raise_for_status()


def _configured(folder: Path, servers: str) -> Path:
    folder.mkdir()
    path = folder / "nginx.conf"
    path.write_text(_NGINX.format(folder=folder, servers=servers))
    return path


def _run(stack: ExitStack, command: list[str], folder: Path, **variables: str) -> None:
    environment = {**os.environ, **variables}
    with (folder / f"{Path(command[-1]).stem}.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _await(url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise RigError(f"{url} does not answer after {START_S:.0f} s")
        time.sleep(0.05)
