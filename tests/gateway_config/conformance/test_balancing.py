"""Weights, stickiness, health, and what is answered when nobody can answer."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

_ACTIVE = {
    "http_path": "/healthz",
    "healthy": {"interval": 0.2, "successes": 1},
    "unhealthy": {"interval": 0.2, "http_failures": 1, "tcp_failures": 1, "timeouts": 1},
}
_PASSIVE = {"unhealthy": {"http_failures": 2, "http_statuses": [500]}}
_CALLERS = 200
_CASES: dict[str, dict[str, Any]] = {
    "shared": {},
    "sticky": {"algorithm": "consistent-hashing", "hash_on": "header", "hash_on_header": "X-Who"},
    "cookie": {"algorithm": "consistent-hashing", "hash_on": "cookie", "hash_on_cookie": "side"},
    "checked": {"healthchecks": {"active": _ACTIVE}},
    "watched": {"healthchecks": {"passive": _PASSIVE}},
}


@pytest.fixture(scope="module")
def balanced(kong: Any, backends: list[Any]) -> dict[str, str]:
    """An upstream for each case, with both backends behind a route of its name."""
    ids = {}
    for case, upstream in _CASES.items():
        name = kong.name(case)
        ids[case] = kong.make("/upstreams", name=name, **upstream)["id"]
        for backend in backends:
            target = f"{kong.upstream_host}:{backend.server_port}"
            kong.make(f"/upstreams/{ids[case]}/targets", target=target, weight=50)
        service = kong.make("/services", name=name, host=name, retries=0)
        kong.make("/routes", name=name, paths=[f"/{name}"], service={"id": service["id"]})
    dead = kong.make("/services", name=kong.name("dead"), url="http://127.0.0.1:1", retries=0)
    kong.make("/routes", paths=[f"/{kong.name('dead')}"], service={"id": dead["id"]})
    kong.settle()
    return ids


@pytest.fixture
def healthy(backends: list[Any]) -> Iterator[None]:
    yield
    for backend in backends:
        backend.is_healthy = True


def _weigh(kong: Any, upstream: str, backends: list[Any], *weights: int) -> None:
    # Raise before lowering: at no moment may all weights be zero.
    for backend, weight in sorted(zip(backends, weights, strict=True), key=lambda pair: -pair[1]):
        path = f"/upstreams/{upstream}/targets/{kong.upstream_host}:{backend.server_port}"
        assert kong.admin.patch(path, json={"weight": weight}).status_code == 200


def _shares(kong: Any, case: str, count: int, **given: Any) -> Counter[str]:
    path = f"/{kong.name(case)}/x"
    answers = [kong.proxy.get(path, **given) for _ in range(count)]
    assert {answer.status_code for answer in answers} == {200}
    return Counter(answer.headers["X-Backend"] for answer in answers)


@pytest.mark.parametrize(
    "weights",
    [(0, 100), *(pytest.param(w, marks=pytest.mark.slow) for w in ((90, 10), (95, 5), (50, 50)))],
)
def test_the_shares_are_exactly_the_weights(
    kong: Any, balanced: dict[str, str], backends: list[Any], weights: tuple[int, int]
) -> None:
    _weigh(kong, balanced["shared"], backends, *weights)
    # In force when a target that has lost its weight is not met any more.
    expected = [2 * weight for weight in weights]

    def are_exact() -> bool:
        shares = _shares(kong, "shared", 200)
        found = [shares[backend.name] for backend in backends]
        return all(abs(a - b) <= 1 for a, b in zip(found, expected, strict=True))

    kong.until(are_exact, "the shares are not the weights")


def test_the_same_caller_stays_on_its_side(kong: Any, balanced: dict[str, str]) -> None:
    sides = set()
    for who in range(20):
        shares = _shares(kong, "sticky", 3, headers={"X-Who": f"caller-{who}"})
        assert len(shares) == 1
        sides |= set(shares)
    assert len(sides) == 2


def test_a_cookie_that_kong_makes_keeps_a_client_on_its_side(
    kong: Any, balanced: dict[str, str]
) -> None:
    path, sides = f"/{kong.name('cookie')}/x", set()
    for _ in range(20):
        with httpx.Client(base_url=kong.proxy.base_url) as client:
            answers = [client.get(path) for _ in range(4)]
        assert "side" in answers[0].cookies
        assert not any("Set-Cookie" in answer.headers for answer in answers[1:])
        assert len({answer.headers["X-Backend"] for answer in answers}) == 1
        sides.add(answers[0].headers["X-Backend"])
    assert len(sides) == 2


@pytest.mark.slow
def test_a_client_stays_where_it_is_while_that_side_gains_weight(
    kong: Any, balanced: dict[str, str], backends: list[Any]
) -> None:
    def side_of(who: int) -> str:
        ((side, _),) = _shares(kong, "sticky", 1, headers={"X-Who": f"caller-{who}"}).items()
        return side

    def on_the_gaining_side() -> set[int]:
        return {who for who in range(_CALLERS) if side_of(who) == backends[1].name}

    before: set[int] = set()
    for weights in ((95, 5), (75, 25), (50, 50), (0, 100)):
        _weigh(kong, balanced["sticky"], backends, *weights)
        wanted = weights[1] * _CALLERS / 100
        # A ring of Kong has 160 points for each target, so shares are near the weights, not exact.
        kong.until(
            lambda wanted=wanted: abs(len(on_the_gaining_side()) - wanted) <= _CALLERS / 8,
            f"{wanted:.0f} of {_CALLERS} should be on the gaining side",
        )
        here = on_the_gaining_side()
        assert before <= here
        before = here
    assert len(before) == _CALLERS


@pytest.mark.usefixtures("healthy")
def test_a_target_that_fails_its_check_is_left_alone_until_it_recovers(
    kong: Any, balanced: dict[str, str], backends: list[Any]
) -> None:
    backends[0].is_healthy = False
    kong.until(lambda: set(_shares(kong, "checked", 8)) == {backends[1].name}, "still asked")
    health = kong.admin.get(f"/upstreams/{balanced['checked']}/health").json()["data"]
    assert {target["health"] for target in health} == {"HEALTHY", "UNHEALTHY"}
    backends[0].is_healthy = True
    kong.until(lambda: len(_shares(kong, "checked", 8)) == 2, "it does not come back")


@pytest.mark.usefixtures("healthy")
def test_without_a_healthy_target_it_is_503(
    kong: Any, balanced: dict[str, str], backends: list[Any]
) -> None:
    for backend in backends:
        backend.is_healthy = False
    path = f"/{kong.name('checked')}/x"
    kong.until(lambda: kong.proxy.get(path).status_code == 503, "somebody answers")
    message = kong.proxy.get(path).json()["message"]
    assert message == "failure to get a peer from the ring-balancer"


def test_a_target_that_answers_badly_twice_is_left_alone(
    kong: Any, balanced: dict[str, str]
) -> None:
    path = f"/{kong.name('watched')}/status/500"
    bad = [kong.proxy.get(path) for _ in range(3)]
    assert bad[0].status_code == 500
    # Each of Kong's workers counts by itself, so the last of the two may take longer.
    kong.until(lambda: kong.proxy.get(path).status_code == 503, "bad answers do not count")


def test_a_refused_connection_is_502(kong: Any, balanced: dict[str, str]) -> None:
    answer = kong.proxy.get(f"/{kong.name('dead')}", headers={"Accept": "application/json"})
    assert answer.status_code == 502
    assert answer.json()["message"] == "An invalid response was received from the upstream server"
