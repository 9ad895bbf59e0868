"""`kong_admin join` beside real processes and a real gateway: ready, asked to end, killed, forgotten."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from kong_admin import ASIDE_TAG
from tests.free_ports import free_port
from tests.gateway_config.embedded_gateway.conftest import until
from tests.gateway_config.embedded_gateway.instance import ENDED_AS_TOLD

_PROGRAM = Path(__file__).with_name("instance.py")
_CHECKED = {
    "active": {
        "http_path": "/readyz",
        "healthy": {"interval": 0.1, "successes": 1},
        "unhealthy": {"interval": 0.1, "http_failures": 2},
    }
}


class Shared:
    """An upstream of which the first backend has the rest, and instances that join it."""

    def __init__(self, live: Any, rest: str, name: str) -> None:
        self.live, self.rest, self.name = live, rest, name
        self.started: list[subprocess.Popen[str]] = []
        with live.admin() as admin:
            _made(admin, "/upstreams", name=name, healthchecks=_CHECKED)
            _made(admin, f"/upstreams/{name}/targets", target=rest, weight=50)
            _made(admin, "/services", name=name, host=name, retries=0)
            _made(admin, f"/services/{name}/routes", name=name, paths=[f"/{name}"])

    def start(self, port: int, *, register: str = "on") -> subprocess.Popen[str]:
        place = f"127.0.0.1:{port}"
        where = ["--upstream", self.name, "--target", place, "--rest-to", self.rest]
        command = [*where, "--ready-url", f"http://{place}/readyz", "--"]
        process = self._run(
            "join", *command, sys.executable, str(_PROGRAM), str(port), REGISTER=register
        )
        self.started.append(process)
        return process

    def reap(self, *options: str) -> str:
        where = ["--upstream", self.name, "--rest-to", self.rest]
        done = self._run("reap", *where, *options)
        out, errors = done.communicate(timeout=30)
        assert done.returncode == 0, errors
        return out

    def weights(self) -> dict[str, int]:
        return {target["target"]: target["weight"] for target in self._targets()}

    def joined(self) -> set[str]:
        """Who shares. Whoever is still aside knows no share, so the other would stay as the last that does."""
        return {one["target"] for one in self._targets() if ASIDE_TAG not in (one["tags"] or ())}

    def answers(self, count: int = 40) -> set[str]:
        with self.live.proxy() as proxy:
            asked = [proxy.get(f"/{self.name}") for _ in range(count)]
        assert {answer.status_code for answer in asked} == {200}
        return {answer.headers["X-Backend"] for answer in asked}

    def _targets(self) -> list[dict[str, Any]]:
        with self.live.admin() as admin:
            found = admin.get(f"/upstreams/{self.name}/targets").json()
        targets: list[dict[str, Any]] = found["data"]
        return targets

    def _run(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        address = {"KONG_ADMIN_URL": f"http://127.0.0.1:{self.live.admin_port}"}
        return subprocess.Popen(
            [sys.executable, "-m", "kong_admin", *arguments],
            env={**os.environ, **address, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> None:
        for process in self.started:
            for one in _family(process):
                one.kill()
            process.communicate(timeout=10)


def _made(admin: httpx.Client, path: str, **body: Any) -> None:
    answer = admin.post(path, json=body)
    assert answer.status_code == 201, answer.text


def _family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        registrar = psutil.Process(process.pid)
        return [registrar, *registrar.children()]
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def shared(live: Any, backends: list[Any], request: pytest.FixtureRequest) -> Iterator[Shared]:
    shared = Shared(live, backends[0].target, request.node.name[5:45].replace("_", "-").strip("-"))
    yield shared
    shared.end()


@pytest.fixture
def port() -> int:
    return free_port()


def test_an_instance_is_a_target_from_ready_to_told_to_end(shared: Shared, port: int) -> None:
    place, other = f"127.0.0.1:{port}", free_port()
    first = shared.start(port)
    until(lambda: shared.weights() == {shared.rest: 50, place: 0}, "it did not join")
    _share_out(shared, {shared.rest: 50, place: 50})
    second = shared.start(other)
    wanted = {shared.rest: 100, place: 50, f"127.0.0.1:{other}": 50}
    until(lambda: shared.weights() == wanted, "its sibling did not join")
    until(lambda: str(other) in shared.answers(), "nobody was sent to the new one")

    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=20)

    assert first.returncode == ENDED_AS_TOLD
    assert said.index("nobody is sent here") < said.index("gone from")
    assert shared.weights() == {shared.rest: 50, f"127.0.0.1:{other}": 50}
    # The last one: the share is kept for whoever comes next.
    second.send_signal(signal.SIGTERM)
    _, said = second.communicate(timeout=20)
    assert "kept, as the last that knows the share" in said
    assert shared.weights() == {shared.rest: 50, f"127.0.0.1:{other}": 50}


@pytest.mark.slow
def test_while_the_admin_api_is_away_it_serves_and_joins_later(
    live: Any, shared: Shared, port: int
) -> None:
    live.kill("admin")
    try:
        process = shared.start(port)
        until(lambda: _is_ready(port), "it does not serve")
        assert process.stderr
        assert "not registered yet: no answer from the Admin API" in process.stderr.readline()
        assert _is_ready(port)
    finally:
        live.start("admin")
        live.until_ready()
    until(lambda: f"127.0.0.1:{port}" in shared.weights(), "it did not join")


@pytest.mark.slow
def test_told_to_end_while_the_admin_api_is_away_it_ends(
    live: Any, shared: Shared, port: int
) -> None:
    process = shared.start(port)
    until(lambda: f"127.0.0.1:{port}" in shared.weights(), "it did not join")
    live.kill("admin")
    try:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        assert process.returncode == ENDED_AS_TOLD
        assert "its health checks will notice" in said
    finally:
        live.start("admin")
        live.until_ready()


def test_a_command_that_crashes_is_taken_out_at_once(shared: Shared, port: int) -> None:
    place, other = f"127.0.0.1:{port}", f"127.0.0.1:{free_port()}"
    process = shared.start(port)
    shared.start(int(other.rpartition(":")[2]))
    until(lambda: shared.joined() == {shared.rest, place, other}, "they did not join")
    _family(process)[1].kill()
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGKILL
    assert shared.weights().keys() == {shared.rest, other}


@pytest.mark.slow
def test_what_was_killed_whole_gets_nothing_and_is_reaped(shared: Shared, port: int) -> None:
    place, other = f"127.0.0.1:{port}", f"127.0.0.1:{free_port()}"
    process = shared.start(port)
    shared.start(int(other.rpartition(":")[2]))
    until(lambda: shared.joined() == {shared.rest, place, other}, "they did not join")
    _share_out(shared, {shared.rest: 100, place: 50, other: 50})
    assert "nothing to take away" in shared.reap("--for", "0")
    for one in _family(process):
        one.kill()
    until(lambda: place in shared.reap("--for", "0", "--dry-run"), "the gateway did not notice")
    assert shared.answers() == {shared.rest.rpartition(":")[2], other.rpartition(":")[2]}
    assert shared.weights()[place] == 50

    out = json.loads(shared.reap("--for", "0.5", "--json"))

    assert out["targets"] == [{"upstream": shared.name, "target": place, "gone": True}]
    assert shared.weights() == {shared.rest: 50, other: 50}


@pytest.mark.slow
def test_an_instance_whose_registrar_is_killed_ends_and_frees_its_port(
    shared: Shared, port: int
) -> None:
    process = shared.start(port)
    until(lambda: f"127.0.0.1:{port}" in shared.weights(), "it did not join")
    service = _family(process)[1]
    process.kill()
    service.wait(10)
    again = shared.start(port)
    until(lambda: _is_ready(port), "it does not serve again")
    assert again.poll() is None


@pytest.mark.slow
def test_whoever_is_forgotten_joins_again(live: Any, shared: Shared, port: int) -> None:
    shared.start(port)
    place = f"127.0.0.1:{port}"
    until(lambda: place in shared.weights(), "it did not join")
    with live.admin() as admin:
        assert admin.delete(f"/upstreams/{shared.name}/targets/{place}").status_code == 204
    until(lambda: place in shared.weights(), "it did not join again")


def test_switched_off_it_only_runs_the_command(shared: Shared, port: int) -> None:
    process = shared.start(port, register="off")
    until(lambda: _is_ready(port), "it does not serve")
    assert _family(process)[1:] == []
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (ENDED_AS_TOLD, "")
    assert shared.weights() == {shared.rest: 50}


def test_the_command_is_not_told_where_the_admin_api_is(shared: Shared, port: int) -> None:
    shared.start(port)
    until(lambda: _is_ready(port), "it does not serve")
    known = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).json()
    assert "PATH" in known
    assert not [name for name in known if name.startswith("KONG_")]


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _share_out(shared: Shared, weights: dict[str, int]) -> None:
    with shared.live.admin() as admin:
        for target, weight in weights.items():
            path = f"/upstreams/{shared.name}/targets/{target}"
            assert admin.patch(path, json={"weight": weight}).status_code == 200
