"""The real files against a gateway: from nothing to live, and then nothing more to do."""

import itertools
from collections.abc import Callable

import httpx
import pytest

from kong_admin import (
    OPTIONAL_TAG,
    Consumer,
    KeyAuth,
    KongAdmin,
    MissingPluginError,
    NotLiveError,
    Patience,
    Plugin,
    Probe,
    Proxy,
    Reference,
    State,
    UnusableInputError,
    load,
    read_state,
    render,
    set_weights,
    sync,
)
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.fake_kong import FakeKong

NO_ROUTE = httpx.Response(404, json={"message": "no Route matched with those values"})


@pytest.fixture
def desired() -> State:
    return load([FILES], environ=ENVIRON)


def proxy(answer: Callable[[httpx.Request], httpx.Response]) -> Proxy:
    ticks = itertools.count()
    patience = Patience(clock=lambda: next(ticks) / 100, pause=lambda seconds: None, timeout_s=3)
    return Proxy("http://proxy", patience=patience, transport=httpx.MockTransport(answer))


def test_a_second_sync_changes_nothing(admin: KongAdmin, kong: FakeKong, desired: State) -> None:
    assert len(sync(admin, desired).changes) == len(list(desired))
    kong.calls.clear()
    assert sync(admin, desired).changes == ()
    assert kong.writes == []


def test_what_is_live_afterwards_reads_as_the_files_do(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    live = read_state(admin)
    assert set(live.by_identity()) == set(desired.by_identity())
    assert (
        render(live, select_tag="strangler-reference")["services"]
        == (render(desired, select_tag="strangler-reference")["services"])
    )
    assert kong.weights("catalog-write") == {
        "127.0.0.1:18100": 100,
        "127.0.0.1:18201": 0,
        "127.0.0.1:18202": 0,
    }


def test_weights_that_were_moved_are_left_alone(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    set_weights(admin, "catalog-read", {"127.0.0.1:18201": 5})
    assert sync(admin, desired).changes == ()


def test_a_hand_made_change_is_put_back_and_nothing_else(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    admin.services.patch("catalog-write", {"retries": 5})
    kong.calls.clear()
    sync(admin, desired)
    assert kong.writes == ["PATCH /services/catalog-write"]
    assert admin.services.get("catalog-write").retries == 0


def test_what_left_the_files_leaves_the_gateway_but_what_is_not_ours_stays(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.add("/services", {"name": "foreign", "host": "x"})
    sync(admin, desired)
    sync(admin, State())
    assert [entity.label for entity in read_state(admin)] == ["service foreign"]


def test_progress_is_told_change_by_change(admin: KongAdmin, desired: State) -> None:
    told: list[tuple[int, int]] = []
    sync(admin, desired, on_change=lambda change, number, total: told.append((number, total)))
    total = len(list(desired))
    assert told == [(number, total) for number in range(1, total + 1)]


def test_a_missing_plugin_is_reported_before_anything_changes(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.plugins = ["correlation-id"]
    with pytest.raises(MissingPluginError, match="prometheus"):
        sync(admin, desired)
    assert kong.writes == []


def test_an_optional_plugin_that_is_missing_is_named_and_the_rest_goes_on(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    datadog = Plugin(name="datadog", tags=("strangler-reference", OPTIONAL_TAG))
    key = KeyAuth(consumer=Reference(name="alice"), key="k", tags=(OPTIONAL_TAG,))
    kong.plugins.remove("key-auth")
    synced = sync(admin, State.of([*desired, Consumer(username="alice"), key, datadog]))
    assert synced.missing == (key, datadog)
    assert len(synced.changes) == len(list(desired)) + 1
    assert {plugin["name"] for plugin in kong.stored["plugins"].values()} == {
        plugin.name for plugin in desired.plugins
    }


def test_a_gateway_without_a_database_is_refused(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.database = "off"
    with pytest.raises(UnusableInputError, match="without a database"):
        sync(admin, desired)


def test_sync_waits_until_the_proxy_follows(admin: KongAdmin, desired: State) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return NO_ROUTE if len(asked) < 20 else httpx.Response(404, json={"title": "mine"})

    synced = sync(admin, desired, proxy=proxy(answer))
    assert synced.live is not None
    assert set(synced.live.observed) == {"monolith", "catalog-read"}
    assert synced.live.unobservable == ("catalog-write",), "nobody probes by writing"
    assert synced.live.seconds > 0
    assert {request.method for request in asked} == {"GET"}


def test_one_worker_that_lags_is_waited_for() -> None:
    matched = httpx.Response(200)
    answers = [NO_ROUTE, matched, matched, NO_ROUTE, matched, matched, matched]
    left = iter(answers)
    patience = Patience(confirmations=3, pause=lambda seconds: None)
    transport = httpx.MockTransport(lambda request: next(left))
    with Proxy("http://proxy", patience=patience, transport=transport) as watched:
        watched.wait_until_matched([Probe(route="r", path="/r")])
    assert next(left, None) is None, "three good answers in a row, counted anew after a bad one"


def test_a_proxy_that_never_follows_is_an_error(admin: KongAdmin, desired: State) -> None:
    with pytest.raises(NotLiveError, match="after 3 s; is KONG_PROXY_URL"):
        sync(admin, desired, proxy=proxy(lambda request: NO_ROUTE))


def test_nothing_is_deleted_before_the_replacement_is_live(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.add("/services", {"name": "old", "host": "x", "tags": ["strangler-reference"]})
    with pytest.raises(NotLiveError):
        sync(admin, desired, proxy=proxy(lambda request: NO_ROUTE))
    assert "DELETE /services/old" not in kong.calls


def test_a_route_behind_an_older_catch_all_is_not_claimed_to_be_seen(
    admin: KongAdmin, desired: State
) -> None:
    synced = sync(admin, desired, proxy=proxy(lambda request: httpx.Response(200)))
    assert synced.live is not None
    assert synced.live.observed == ()
    assert len(synced.live.unobservable) == 3
