"""How near the shares of consistent hashing come to the weights."""

from typing import Any

import httpx
import pytest

from tests.free_ports import free_port
from tests.gateway_config.embedded_gateway.conftest import start_backend

CALLERS = 2_000


@pytest.mark.slow
@pytest.mark.parametrize("percent", [5, 25])
def test_a_small_share_of_the_callers_is_a_small_share(
    live: Any, backends: list[Any], percent: int
) -> None:
    name = f"ring-{percent}"
    bodies = (
        ("/upstreams", {"name": name, "algorithm": "consistent-hashing", "hash_on": "header"}
         | {"hash_on_header": "X-Who"}),
        (f"/upstreams/{name}/targets", {"target": backends[0].target, "weight": 100 - percent}),
        (f"/upstreams/{name}/targets", {"target": backends[1].target, "weight": percent}),
        ("/services", {"name": name, "host": name}),
        (f"/services/{name}/routes", {"name": name, "paths": [f"/{name}"]}),
    )  # fmt: skip
    with live.admin() as admin, live.proxy() as proxy:
        for path, body in bodies:
            assert admin.post(path, json=body).status_code == 201
        small = sum(
            proxy.get(f"/{name}", headers={"X-Who": str(who)}).headers["X-Backend"]
            == str(backends[1].port)
            for who in range(CALLERS)
        )
    print(f"{percent} %: {100 * small / CALLERS:.1f} % of {CALLERS} callers")
    # Four standard deviations of the callers' chance at 5 %; a ring of 1024 points would add as much.
    assert abs(100 * small / CALLERS - percent) <= (2 if percent == 5 else 4)


@pytest.mark.slow
def test_another_instance_keeps_the_share_and_most_callers_keep_their_side(
    live: Any, backends: list[Any]
) -> None:
    more = [start_backend(free_port()) for _ in range(2)]
    rest, instances = backends[0], [*backends[1:], *more]
    path = "/upstreams/ring-scaled/targets"
    bodies = (
        ("/upstreams", {"name": "ring-scaled", "algorithm": "consistent-hashing"}
         | {"hash_on": "header", "hash_on_header": "X-Who"}),
        (path, {"target": rest.target, "weight": 150}),
        (path, {"target": instances[0].target, "weight": 25}),
        (path, {"target": instances[1].target, "weight": 25}),
        ("/services", {"name": "ring-scaled", "host": "ring-scaled"}),
        ("/services/ring-scaled/routes", {"name": "ring-scaled", "paths": ["/ring-scaled"]}),
    )  # fmt: skip
    with live.admin() as admin, live.proxy() as proxy:
        for where, body in bodies:
            assert admin.post(where, json=body).status_code == 201
        before = at_the_rest(proxy, str(rest.port))
        assert admin.patch(f"{path}/{rest.target}", json={"weight": 225}).status_code == 200
        body = {"target": instances[2].target, "weight": 25}
        assert admin.post(path, json=body).status_code == 201
        after = at_the_rest(proxy, str(rest.port))
    for backend in more:
        backend.server.shutdown()
        backend.server.server_close()
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    print(f"{100 * changed / CALLERS:.1f} % of {CALLERS} callers changed sides")
    assert abs(100 * (1 - sum(after) / CALLERS) - 25) <= 4
    # A third of the instances' share is dealt anew; a ring that began anew would move 37 %.
    assert 100 * changed / CALLERS <= 15


def at_the_rest(proxy: httpx.Client, port: str) -> list[bool]:
    """For each caller, whether the rest answers it."""
    answers = (proxy.get("/ring-scaled", headers={"X-Who": str(n)}) for n in range(CALLERS))
    return [answer.headers["X-Backend"] == port for answer in answers]
