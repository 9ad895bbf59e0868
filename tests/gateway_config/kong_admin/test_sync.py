"""The real files against a gateway: from nothing to live, and then nothing more to do."""

import pytest

from kong_admin import (
    OPTIONAL_TAG,
    Consumer,
    KeyAuth,
    KongAdmin,
    MissingPluginError,
    Plugin,
    Reference,
    State,
    load,
    read_state,
    render,
    set_weights,
    sync,
)
from tests.gateway_config.kong_admin.declared import ENVIRON, PLACED
from tests.gateway_config.kong_admin.fake_kong import FakeKong


@pytest.fixture
def desired() -> State:
    return load(PLACED, environ=ENVIRON)


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
    # Kong fills in what a plugin leaves out; that it is equal is what a second sync says.
    # Nor does Kong list services in the order of the files.
    services = [
        {service["name"]: {**service, "plugins": [p["name"] for p in service.get("plugins", ())]}
         for service in render(state, select_tag="strangler-reference")["services"]}
        for state in (live, desired)
    ]  # fmt: skip
    assert services[0] == services[1]
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
