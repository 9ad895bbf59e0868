"""The gateway as it runs: its two processes, a real Envoy, two backends that say who they are."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.free_ports import free_port

_HEALTHCHECKS = {
    "active": {
        "http_path": "/healthz",
        "healthy": {"interval": 0.1, "successes": 1},
        "unhealthy": {"interval": 0.1, "http_failures": 2},
    }
}


@pytest.fixture(scope="module")
def admin(live: Any, backends: list[Any]) -> Iterator[httpx.Client]:
    """The Admin API of a gateway that routes everything to both backends."""
    with live.admin() as client:
        _create(client, "/upstreams", name="u")
        for backend in backends:
            _create(client, "/upstreams/u/targets", target=backend.target, weight=50)
        _create(client, "/services", name="s", host="u", retries=0)
        _create(client, "/services/s/routes", name="r", paths=["/"], strip_path=False)
        config = {"header_name": "X-Correlation-ID", "generator": "uuid", "echo_downstream": True}
        _create(client, "/plugins", name="correlation-id", config=config)
        config = {"status_code_metrics": True, "latency_metrics": True}
        _create(client, "/plugins", name="prometheus", config=config)
        yield client


def _create(client: httpx.Client, path: str, **body: Any) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text


def _weigh(admin: httpx.Client, backends: list[Any], *weights: int) -> None:
    # Raise before lowering: at no moment may all weights be zero.
    order = sorted(zip(backends, weights, strict=True), key=lambda pair: -pair[1])
    for backend, weight in order:
        path = f"/upstreams/u/targets/{backend.target}"
        answer = admin.patch(path, json={"weight": weight})
        assert answer.status_code == 200, answer.text


def _shares(proxy: httpx.Client, count: int) -> Counter[str]:
    return Counter(proxy.get("/x").headers["X-Backend"] for _ in range(count))


@contextmanager
def _load(live: Any, answers: Counter[object]) -> Iterator[None]:
    """Two clients, one of which writes, for as long as the block lasts."""
    done = threading.Event()

    def ask(method: str) -> None:
        with live.proxy() as proxy:
            while not done.is_set():
                try:
                    answers[proxy.request(method, "/load").status_code] += 1
                except httpx.HTTPError as failed:
                    answers[type(failed).__name__] += 1

    threads = [threading.Thread(target=ask, args=(method,)) for method in ("GET", "POST")]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("weights", [(90, 10), (95, 5), (50, 50), (0, 100)])
def test_the_shares_are_exactly_the_weights(
    live: Any, admin: httpx.Client, backends: list[Any], weights: tuple[int, int]
) -> None:
    _weigh(admin, backends, *weights)
    with live.proxy() as proxy:
        shares = _shares(proxy, 200)
    for backend, weight in zip(backends, weights, strict=True):
        assert abs(shares[str(backend.port)] - 2 * weight) <= 1


def test_fifty_weight_changes_under_load_fail_nothing_and_are_in_force_at_once(
    live: Any, admin: httpx.Client, backends: list[Any]
) -> None:
    answers: Counter[object] = Counter()
    times: list[float] = []
    with _load(live, answers), live.proxy() as proxy:
        for number in range(25):
            first, second = (100, 0) if number % 2 else (0, 100)
            started = time.perf_counter()
            _weigh(admin, backends, first, second)
            times.append((time.perf_counter() - started) / 2)
            wanted = backends[0] if first else backends[1]
            assert proxy.get("/x").headers["X-Backend"] == str(wanted.port)
    print(
        f"weight change p50 {statistics.median(times) * 1000:.1f} ms,"
        f" max {max(times) * 1000:.1f} ms; {answers}"
    )
    assert set(answers) == {200}


def test_route_and_service_changes_under_load_fail_nothing(live: Any, admin: httpx.Client) -> None:
    answers: Counter[object] = Counter()
    with _load(live, answers):
        for number in range(2):
            _create(admin, "/services", name=f"x{number}", host="u")
            path = f"/services/x{number}/routes"
            _create(admin, path, name=f"x{number}", paths=[f"/x{number}"])
            with live.proxy() as proxy:
                assert proxy.get(f"/x{number}/y").headers["Via"] == "1.1 embedded-gateway"
            assert admin.delete(f"/routes/x{number}").status_code == 204
            assert admin.delete(f"/services/x{number}").status_code == 204
    assert set(answers) == {200}


@pytest.mark.slow
def test_the_control_plane_may_die_under_load(
    live: Any, admin: httpx.Client, backends: list[Any]
) -> None:
    _weigh(admin, backends, 50, 50)
    before = admin.get("/upstreams/u/targets").json()["data"]
    answers: Counter[object] = Counter()
    with _load(live, answers):
        live.kill("admin")
        live.start("admin")
        live.until_ready()
    assert set(answers) == {200}
    assert admin.get("/upstreams/u/targets").json()["data"] == before


@pytest.mark.slow
def test_envoy_comes_back_with_the_same_state_and_without_it_nothing_changes(
    live: Any, admin: httpx.Client, backends: list[Any]
) -> None:
    _weigh(admin, backends, 0, 100)
    live.kill("envoy")
    path = f"/upstreams/u/targets/{backends[0].target}"
    refused = admin.patch(path, json={"weight": 100})
    assert refused.status_code == 503
    assert admin.get(path).json()["weight"] == 0
    live.start("envoy")
    live.until_ready()
    with live.proxy() as proxy:
        assert set(_shares(proxy, 20)) == {str(backends[1].port)}


def test_a_regex_envoy_cannot_read_is_refused_with_its_own_words(admin: httpx.Client) -> None:
    answer = admin.post("/services/s/routes", json={"name": "bad", "paths": ["~/(unclosed"]})
    assert (answer.status_code, answer.json()["code"]) == (400, 2)
    assert "missing )" in answer.json()["message"]
    assert admin.get("/routes/bad").status_code == 404


def test_an_unknown_plugin_is_refused_and_nothing_changes(admin: httpx.Client) -> None:
    before = admin.get("/plugins").json()
    answer = admin.post("/plugins", json={"name": "proxy-cache", "config": {"strategy": "memory"}})
    assert (answer.status_code, answer.json()["name"]) == (400, "schema violation")
    assert admin.get("/plugins").json() == before


def test_headers_are_kongs(live: Any, admin: httpx.Client, backends: list[Any]) -> None:
    with live.proxy() as proxy:
        given = proxy.get(
            "/p?q=1", headers={"X-Correlation-ID": "mine", "X-Forwarded-For": "9.9.9.9"}
        )
        made = proxy.get("/p")
    backend = next(b for b in backends if str(b.port) == given.headers["X-Backend"])
    seen = next(s for s in backend.seen if s["path"] == "/p?q=1")["headers"]
    assert given.headers["X-Correlation-ID"] == seen["x-correlation-id"] == "mine"
    assert len(made.headers["X-Correlation-ID"]) == 36
    assert seen["x-forwarded-for"].replace(" ", "") == "9.9.9.9,127.0.0.1"
    assert seen["x-forwarded-path"] == "/p"
    assert seen["x-forwarded-port"] == str(live.proxy_port)
    assert seen["host"] == backend.target
    assert not [name for name in seen if name.startswith("x-envoy")]


def test_an_unhealthy_target_is_left_alone_until_it_recovers(
    live: Any, admin: httpx.Client, backends: list[Any]
) -> None:
    _weigh(admin, backends, 50, 50)
    assert admin.patch("/upstreams/u", json={"healthchecks": _HEALTHCHECKS}).status_code == 200

    def health() -> list[str]:
        return [target["health"] for target in admin.get("/upstreams/u/health").json()["data"]]

    answers: Counter[object] = Counter()
    with _load(live, answers):
        backends[0].is_healthy = False
        _until(lambda: health() == ["UNHEALTHY", "HEALTHY"], "it is still asked")
        with live.proxy() as proxy:
            assert set(_shares(proxy, 20)) == {str(backends[1].port)}
        backends[0].is_healthy = True
        _until(lambda: health() == ["HEALTHY", "HEALTHY"], "it does not come back")
        with live.proxy() as proxy:
            assert len(_shares(proxy, 20)) == 2
    assert set(answers) == {200}


def test_without_a_healthy_target_the_answer_is_kongs_503(
    live: Any, admin: httpx.Client, backends: list[Any]
) -> None:
    for backend in backends:
        path = f"/upstreams/u/targets/{backend.target}"
        assert admin.patch(path, json={"weight": 0}).status_code == 200
    with live.proxy() as proxy:
        answer = proxy.get("/x")
    assert answer.status_code == 503
    assert answer.json()["message"] == "failure to get a peer from the ring-balancer"
    assert answer.headers["X-Correlation-ID"]
    _weigh(admin, backends, 50, 50)


def test_a_refused_connection_is_kongs_502(live: Any, admin: httpx.Client) -> None:
    _create(admin, "/services", name="dead", url=f"http://127.0.0.1:{free_port()}", retries=0)
    _create(admin, "/services/dead/routes", name="dead", paths=["/dead"])
    with live.proxy() as proxy:
        answer = proxy.get("/dead")
    assert answer.status_code == 502
    assert answer.json()["message"] == "An invalid response was received from the upstream server"


def test_metrics_carry_kongs_names_by_service_and_route(live: Any, admin: httpx.Client) -> None:
    with live.proxy() as proxy:
        proxy.get("/metered")
    text = admin.get("/metrics").text
    assert 'kong_http_requests_total{service="s",route="r",code="200",source="service"' in text
    assert 'kong_upstream_latency_ms_bucket{service="s",route="r",le="' in text
    assert "kong_bandwidth_bytes{" not in text


def test_no_route_is_kongs_404(live: Any, admin: httpx.Client) -> None:
    assert admin.delete("/routes/r").status_code == 204
    with live.proxy() as proxy:
        answer = proxy.get("/x")
    assert answer.status_code == 404
    assert answer.json()["message"] == "no Route matched with those values"


def test_a_path_that_cannot_be_read_is_kongs_400(live: Any, admin: httpx.Client) -> None:
    with live.proxy() as proxy:
        answer = proxy.get("/a%00b")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Bad request"


def _until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.01)
