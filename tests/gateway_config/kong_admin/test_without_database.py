"""A Kong without a database takes no single changes: everything goes as one configuration."""

from typing import Any

import pytest

from kong_admin import (
    Consumer,
    InvalidEntityError,
    KeyAuth,
    KongAdmin,
    NotLiveError,
    Plugin,
    Reference,
    Service,
    State,
    load,
    read_state,
    set_weights,
    sync,
)
from tests.gateway_config.kong_admin.declared import ENVIRON, PLACED
from tests.gateway_config.kong_admin.fake_kong import FakeKong
from tests.gateway_config.kong_admin.fake_proxy import FakeProxy


@pytest.fixture(autouse=True)
def without_database(kong: FakeKong) -> FakeKong:
    kong.database = "off"
    return kong


@pytest.fixture
def desired() -> State:
    return load(PLACED, environ=ENVIRON)


def test_all_of_it_is_one_call_and_the_second_time_none(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    assert len(sync(admin, desired).changes) == len(list(desired))
    assert kong.writes == ["POST /config"]
    assert set(read_state(admin).by_identity()) == set(desired.by_identity())
    assert sync(admin, desired).changes == ()
    assert kong.writes == ["POST /config"]


def test_what_is_taken_away_goes_in_a_second_call_after_the_first_is_live(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, State.of([Service(name="old", host="x", tags=("strangler-reference",))]))
    with pytest.raises(NotLiveError):
        sync(admin, desired, proxy=FakeProxy(kong, lag=10_000).connect())
    assert "old" in _names(kong, "services")
    live = sync(admin, desired, proxy=FakeProxy(kong, lag=3).connect()).live
    assert live is not None
    assert live.by_marker
    assert "old" not in _names(kong, "services")
    assert not [name for name in _names(kong, "routes") if "marker" in name]


def test_what_others_loaded_and_what_no_client_of_ours_knows_stays(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.beside = {"certificates": [{"id": "1", "cert": "c"}], "_transform": False}
    foreign = [
        Service(name="foreign", host="x", of_the_future=7),
        Consumer(username="bob"),
        KeyAuth(consumer=Reference(name="bob"), key="k"),
        Plugin(name="cors", service=Reference(name="foreign"), config={"max_age": 1}),
    ]
    sync(admin, State.of(foreign))
    ids = {entity.identity: entity.id for entity in read_state(admin)}
    sync(admin, desired)
    assert kong.beside == {
        "certificates": [{"id": "1", "cert": "c"}],
        "_transform": False,
        "_format_version": "3.0",
    }
    after = {entity.identity: entity for entity in read_state(admin)}
    assert {identity: after[identity].id for identity in ids} == ids
    assert after[("foreign",)].extra["of_the_future"] == 7


def test_owners_are_named_by_plain_strings_and_nothing_of_decks_own_is_sent(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    (document,) = kong.configurations
    # One route has no service.
    assert {route.get("service") for route in document["routes"]} == {
        None,
        *(service.name for service in desired.services),
    }
    assert not [name for name in document if name.startswith("_") and name != "_format_version"][1:]
    assert not {"created_at", "updated_at"} & set(document["services"][0])


def test_an_update_keeps_what_a_record_does_not_mention(admin: KongAdmin, kong: FakeKong) -> None:
    def plugin(**config: Any) -> State:
        return State.of([Plugin(name="cors", config=config)])

    sync(admin, plugin(max_age=1, credentials=True))
    sync(admin, plugin(max_age=2))
    (stored,) = kong.stored["plugins"].values()
    assert stored["config"] == {"max_age": 2, "credentials": True}


def test_a_refused_configuration_is_told_entity_by_entity_and_changes_nothing(
    admin: KongAdmin, kong: FakeKong
) -> None:
    wrong = {"_format_version": "3.0", "routes": [{"name": "r", "service": {"name": "s"}}]}
    with pytest.raises(InvalidEntityError, match="route r: service: expected a string") as refused:
        admin.load_config(wrong)
    assert refused.value.code == 14
    assert not kong.stored["routes"]


def test_weights_move_at_once_in_one_configuration(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    kong.calls.clear()
    set_weights(admin, "catalog-read", {"127.0.0.1:18100": 0, "127.0.0.1:18201": 100})
    assert kong.writes[-1] == "POST /config"
    assert kong.weights("catalog-read") == {
        "127.0.0.1:18100": 0,
        "127.0.0.1:18201": 100,
        "127.0.0.1:18202": 0,
    }


def test_reset_takes_away_what_is_ours(admin: KongAdmin, kong: FakeKong, desired: State) -> None:
    sync(admin, State.of([Service(name="foreign", host="x")]))
    sync(admin, desired)
    sync(admin, State())
    assert [entity.label for entity in read_state(admin)] == ["service foreign"]


def _names(kong: FakeKong, kind: str) -> set[str]:
    return {entity["name"] for entity in kong.stored[kind].values()}


def test_a_refusal_names_entities_only_because_that_was_asked_for(
    admin: KongAdmin, kong: FakeKong
) -> None:
    wrong = {"_format_version": "3.0", "_info": {"select_tags": ["a"]}}
    with pytest.raises(InvalidEntityError) as refused:
        admin.request("POST", "/config", json=wrong)
    assert refused.value.problems == ()
    with pytest.raises(InvalidEntityError, match="unknown field"):
        admin.load_config(wrong)
