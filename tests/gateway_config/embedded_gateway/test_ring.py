"""How near the shares of consistent hashing come to the weights."""

from typing import Any

import pytest

CALLERS = 2_000


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
