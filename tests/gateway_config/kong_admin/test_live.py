"""The Admin API answers before a change is in force: what `sync` does about it."""

import httpx
import pytest

from kong_admin import (
    Consumer,
    KongAdmin,
    Live,
    NotLiveError,
    Patience,
    Plugin,
    Probe,
    Proxy,
    Reference,
    Route,
    Service,
    State,
    Synced,
    load,
    read_state,
    sync,
)
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.fake_kong import FakeKong
from tests.gateway_config.kong_admin.fake_proxy import NO_ROUTE, FakeProxy

TAGS = ("strangler-reference",)


@pytest.fixture
def desired() -> State:
    return load([FILES], environ=ENVIRON)


@pytest.fixture
def blind(kong: FakeKong) -> FakeKong:
    """Without the plugin that could answer for a marker."""
    kong.plugins.remove("request-termination")
    return kong


@pytest.mark.parametrize("lag", [0, 1, 30])
def test_sync_waits_until_the_proxy_has_all_of_it(
    admin: KongAdmin, kong: FakeKong, desired: State, lag: int
) -> None:
    proxy = FakeProxy(kong, lag=lag)
    live = sync(admin, desired, proxy=proxy.connect()).live
    assert live is not None
    assert live.by_marker
    assert live.seconds > lag / 100, "the time of the proxy's own clock"
    names = {route["name"] for route in proxy.in_force["routes"].values()}
    assert {"monolith", "catalog-read", "catalog-write"} <= names
    assert {request.method for request in proxy.asked} == {"GET"}, "nobody probes by writing"


def test_nothing_is_left_of_the_marker(admin: KongAdmin, kong: FakeKong, desired: State) -> None:
    sync(admin, desired, proxy=FakeProxy(kong).connect())
    assert set(read_state(admin).by_identity()) == set(desired.by_identity())
    assert sync(admin, desired, proxy=FakeProxy(kong).connect()).changes == ()


def test_a_second_sync_does_not_even_make_a_marker(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    kong.calls.clear()
    assert sync(admin, desired, proxy=FakeProxy(kong).connect()).live is None
    assert kong.writes == []


def test_what_a_crash_left_of_a_marker_goes_with_the_next_sync(
    admin: KongAdmin, desired: State
) -> None:
    sync(admin, desired)
    admin.routes.put(
        "kong-admin-marker-1", Route(name="kong-admin-marker-1", paths=("/x",), tags=TAGS)
    )
    assert [str(change) for change in sync(admin, desired).changes] == [
        "delete route kong-admin-marker-1"
    ]


def test_a_changed_plugin_is_waited_for_although_no_route_shows_it(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    admin.plugins.patch(_stored(kong, "cors")["id"], {"enabled": False})
    proxy = FakeProxy(kong, lag=5)
    proxy.answer(httpx.Request("GET", "http://proxy/"))
    sync(admin, desired, proxy=proxy.connect())
    assert [p["enabled"] for p in proxy.in_force["plugins"].values() if p["name"] == "cors"] == [
        True
    ]


def test_a_proxy_that_never_follows_is_an_error_that_says_what_to_do(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    with pytest.raises(
        NotLiveError, match=r"after 3 s; is KONG_PROXY_URL .* run the same command again, .*timeout"
    ):
        sync(admin, desired, proxy=FakeProxy(kong, lag=10_000).connect())
    assert not [call for call in kong.stored["routes"].values() if "marker" in call["name"]]


@pytest.mark.slow
def test_nothing_is_taken_away_before_what_was_added_is_live(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.add("/services", {"name": "old", "host": "x", "tags": [*TAGS]})
    proxy = FakeProxy(kong, lag=10_000)
    # The second time nothing is left to add, and yet it is not known to be live.
    for _ in range(2):
        with pytest.raises(NotLiveError):
            sync(admin, desired, proxy=proxy.connect())
        assert "DELETE /services/old" not in kong.calls
    proxy.lag = 0
    sync(admin, desired, proxy=proxy.connect())
    assert "DELETE /services/old" in kong.calls


def test_one_worker_that_lags_is_waited_for() -> None:
    matched = httpx.Response(200)
    answers = [NO_ROUTE, matched, matched, NO_ROUTE, matched, matched, matched]
    left = iter(answers)
    patience = Patience(confirmations=3, pause=lambda seconds: None)
    transport = httpx.MockTransport(lambda request: next(left))
    with Proxy("http://proxy", patience=patience, transport=transport) as watched:
        watched.wait_until_matched([Probe(route="r", path="/r")])
    assert next(left, None) is None, "three good answers in a row, counted anew after a bad one"


@pytest.mark.parametrize(
    ("plugin", "is_marked"),
    [
        (Plugin(name="key-auth"), False),
        (Plugin(name="key-auth", enabled=False), True),
        (Plugin(name="key-auth", service=Reference(name="s")), True),
        (Plugin(name="rate-limiting", config={"minute": 5}), False),
        (Plugin(name="rate-limiting", config={"minute": 60_000, "hour": None}), True),
    ],
)
def test_a_marker_is_used_only_where_nothing_answers_before_it(
    admin: KongAdmin, kong: FakeKong, plugin: Plugin, is_marked: bool
) -> None:
    route = Route(name="r", service=Reference(name="s"), paths=("/r",))
    desired = State.of([Service(name="s", host="x"), route, plugin])
    synced = sync(admin, desired, proxy=FakeProxy(kong).connect())
    assert synced.live is not None
    assert synced.live.by_marker is is_marked
    assert synced.live.observed == (() if is_marked else ("r",))


def test_without_a_marker_the_new_routes_themselves_are_asked_for(
    admin: KongAdmin, blind: FakeKong, desired: State
) -> None:
    live = _live(sync(admin, desired, proxy=FakeProxy(blind, lag=20).connect()))
    assert set(live.observed) == {
        "monolith", "catalog-read", "inventory-read", "orders-read", "orders-probe",
    }  # fmt: skip
    # Nobody probes by writing, nor invents what an expression matches.
    assert set(live.unobservable) == {
        "monolith-operations",
        "catalog-write", "catalog-opt-in", "catalog-opt-out", "catalog-own-writes",
        "inventory-write", "inventory-opt-in", "inventory-opt-out", "inventory-own-writes",
        "orders-write", "orders-own-writes", "orders-related", "orders-related-own",
    }  # fmt: skip
    assert live.seconds > 0


def test_without_a_marker_a_route_behind_a_catch_all_is_not_claimed_to_be_seen(
    admin: KongAdmin, blind: FakeKong, desired: State
) -> None:
    blind.add("/routes", {"name": "everything", "paths": ["/"]})
    live = _live(sync(admin, desired, proxy=FakeProxy(blind).connect()))
    assert live.observed == ()
    assert len(live.unobservable) == len(desired.routes)


def test_a_new_consumer_is_waited_for_too(admin: KongAdmin, kong: FakeKong) -> None:
    synced = sync(admin, State.of([Consumer(username="a")]), proxy=FakeProxy(kong).connect())
    assert _live(synced).by_marker


def _live(synced: Synced) -> Live:
    assert synced.live is not None
    return synced.live


def _stored(kong: FakeKong, plugin: str) -> dict[str, str]:
    return next(p for p in kong.stored["plugins"].values() if p["name"] == plugin)
