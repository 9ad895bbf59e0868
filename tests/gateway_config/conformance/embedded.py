"""Our own gateway, started for the suite."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.free_ports import free_port

_ROOT = Path(__file__).parents[3]


@contextmanager
def running(state: Path) -> Iterator[tuple[str, str]]:
    ports = {"admin": free_port(), "envoy": free_port()}
    admin, proxy = (f"http://127.0.0.1:{ports[name]}" for name in ("admin", "envoy"))
    with ExitStack() as stack:
        for name in ("envoy", "admin"):
            process = _start(name, ports[name], state)
            stack.callback(process.wait, 10)
            stack.callback(process.kill)
        _until_ready(admin)
        yield admin, proxy


def _start(name: str, port: int, state: Path) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if key != "PORT_BASE"}
    environment |= {
        "STATE_DIR": str(state),
        "PORT": str(port),
        "PYTHONPATH": str(_ROOT / "gateway-config"),
    }
    command = [sys.executable, "-m", "embedded_gateway", name]
    with (state / f"{name}.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)


def _until_ready(admin: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if httpx.get(f"{admin}/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, "the embedded gateway does not start"
        time.sleep(0.05)
