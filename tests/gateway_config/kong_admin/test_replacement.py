"""A target leaves only after its replacement carries traffic."""

import pytest

from kong_admin import (
    KongAdmin,
    NotLiveError,
    Patience,
    Reference,
    State,
    Target,
    Upstream,
    sync,
)
from tests.gateway_config.kong_admin.fake_kong import FakeKong

TAGS = ("strangler-reference",)
HASTY = Patience(timeout_s=0, pause=lambda seconds: None)


def having(**weights: int) -> State:
    """`a=1` is a target a:80 of weight 1."""
    upstream = Reference(name="u")
    targets = [
        Target(upstream=upstream, target=f"{host}:80", weight=weight, tags=TAGS)
        for host, weight in weights.items()
    ]
    return State.of([Upstream(name="u", tags=TAGS), *targets])


@pytest.mark.parametrize("after", [having(b=1), having(a=0, b=1), having(a=5, b=10)])
def test_an_unhealthy_replacement_keeps_the_old_target_where_it_is(
    admin: KongAdmin, kong: FakeKong, after: State
) -> None:
    sync(admin, having(a=10))
    kong.healths["b:80"] = "UNHEALTHY"
    with pytest.raises(NotLiveError, match=r"target u b:80 is UNHEALTHY .* run the same command"):
        sync(admin, after, patience=HASTY)
    assert kong.weights("u")["a:80"] == 10
    # Run again, there is nothing left to add; the replacement is still not there.
    with pytest.raises(NotLiveError):
        sync(admin, having(b=1), patience=HASTY)
    kong.healths["b:80"] = "HEALTHY"
    sync(admin, after, patience=HASTY)
    assert kong.weights("u") == {t.target: t.weight for t in after.targets}


def test_a_replacement_is_waited_for(admin: KongAdmin, kong: FakeKong) -> None:
    sync(admin, having(a=1))
    kong.healths["b:80"] = "UNHEALTHY"
    waits: list[float] = []

    def recover(seconds: float) -> None:
        waits.append(seconds)
        kong.healths["b:80"] = "HEALTHY" if len(waits) == 3 else "UNHEALTHY"

    sync(admin, having(b=1), patience=Patience(pause=recover))
    assert len(waits) == 3
    assert kong.weights("u") == {"b:80": 1}


def test_a_gateway_that_cannot_tell_health_keeps_nobody(admin: KongAdmin, kong: FakeKong) -> None:
    sync(admin, having(a=1))
    kong.knows_health = False
    sync(admin, having(b=1), patience=HASTY)
    assert kong.weights("u") == {"b:80": 1}


def test_a_whole_upstream_leaves_without_a_replacement(admin: KongAdmin, kong: FakeKong) -> None:
    sync(admin, having(a=1))
    kong.healths["a:80"] = "UNHEALTHY"
    sync(admin, State(), patience=HASTY)
    assert not kong.stored["upstreams"]


def test_the_weights_of_an_upstream_are_at_no_moment_all_zero(
    admin: KongAdmin, kong: FakeKong
) -> None:
    sync(admin, having(a=3, b=0))
    kong.lowest_sum.clear()
    sync(admin, having(a=0, b=4))
    sync(admin, having(c=2))
    assert kong.lowest_sum["u"] >= 2
