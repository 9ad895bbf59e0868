"""Kong's ways, one by one: as the gateway has them, and what the client makes of each.

Asked of the fake that the other tests stand on, and of our own gateway, which `make conformance`
holds against a real Kong: so the fake cannot drift from either.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kong_admin import (
    InvalidEntityError,
    KongAdmin,
    NotFoundError,
    Plugin,
    Reference,
    RefusedError,
    Route,
    Service,
    State,
    Target,
    UnusableInputError,
    Upstream,
    read_state,
    sync,
)
from tests.gateway_config.conformance.embedded import running
from tests.gateway_config.kong_admin.fake_kong import FakeKong


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("gateway")) as (admin, _):
        yield admin


@pytest.fixture(params=["the fake", "our gateway"])
def http(request: pytest.FixtureRequest, kong: FakeKong) -> Iterator[httpx.Client]:
    """The Admin API, unvarnished."""
    if request.param == "the fake":
        with httpx.Client(base_url="http://kong", transport=kong.transport) as client:
            yield client
        return
    url = request.getfixturevalue("embedded")
    with httpx.Client(base_url=url, timeout=20) as client:
        yield client
    with KongAdmin(url) as admin:
        sync(admin, State(), select_tag="here")


@pytest.fixture
def client(http: httpx.Client) -> Iterator[KongAdmin]:
    """The client of the same gateway."""
    with KongAdmin(str(http.base_url), transport=http._transport) as admin:
        yield admin


@pytest.fixture
def name() -> str:
    return f"q{uuid.uuid4().hex[:8]}"


def made(http: httpx.Client, path: str, /, **body: Any) -> dict[str, Any]:
    answer = http.post(path, json={"tags": ["here"]} | body)
    assert answer.status_code == 201, answer.text
    entity: dict[str, Any] = answer.json()
    return entity


def test_a_name_in_the_body_of_a_put_is_ignored(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    service = Service(name="another", host="h.test", tags=("here",))
    assert client.services.put(name, service).name == name


def test_a_put_of_a_route_without_its_service_detaches_it_and_sync_never_does(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    service = Service(name=name, host="h.test", tags=("here",))
    client.services.put(name, service)
    route = Route(name=name, service=Reference(name=name), paths=(f"/{name}",), tags=("here",))
    client.routes.put(name, route)
    changed = route.model_copy(update={"strip_path": False})
    sync(client, State.of([service, changed]), select_tag="here")
    (live,) = read_state(client).routes
    assert (str(live.service), live.strip_path) == (name, False)
    bare = http.put(f"/routes/{name}", json={"paths": [f"/{name}"], "tags": ["here"]})
    assert bare.json()["service"] is None


def test_a_patch_of_a_plugin_merges_its_configuration(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    made(http, "/services", name=name, host="h.test")
    owner = Reference(name=name)
    first = Plugin(
        name="cors", service=owner, config={"max_age": 1, "credentials": True}, tags=("here",)
    )
    plugin = client.plugins.create(first)
    client.plugins.patch(plugin.id or "", {"config": {"max_age": 2}})
    config = client.plugins.get(plugin.id or "").config or {}
    assert (config["max_age"], config["credentials"]) == (2, True)


def test_null_is_stored_as_null_and_a_changed_id_is_ignored(http: httpx.Client, name: str) -> None:
    service = made(http, "/services", name=name, host="h.test", path="/x")
    body = {"path": None, "id": str(uuid.uuid4())}
    answer = http.patch(f"/services/{name}", json=body).json()
    assert (answer["path"], answer["id"]) == (None, service["id"])


def test_a_field_that_the_files_no_longer_set_is_sent_as_null(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    with_path = Service(name=name, host="h.test", path="/x", tags=("here",))
    sync(client, State.of([with_path]), select_tag="here")
    sync(client, State.of([with_path.model_copy(update={"path": None})]), select_tag="here")
    assert client.services.get(name).path is None


def test_a_plugin_keeps_its_scope_because_it_is_never_put(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    service = Service(name=name, host="h.test", tags=("here",))
    plugin = Plugin(
        name="cors", instance_name=name, service=Reference(name=name), tags=("here",),
        config={"max_age": 1},
    )  # fmt: skip
    sync(client, State.of([service, plugin]), select_tag="here")
    changed = plugin.model_copy(update={"config": {"max_age": 2}})
    sync(client, State.of([service, changed]), select_tag="here")
    (live,) = [found for found in read_state(client).plugins if found.instance_name == name]
    assert (str(live.service), (live.config or {})["max_age"]) == (name, 2)
    body = {"name": "cors", "tags": ["here"]}
    # What a PUT to the instance would have done to it: no scope in the body, so for everything.
    assert http.put(f"/plugins/{name}", json=body).json()["service"] is None


def test_missing_entities_have_a_code_for_a_patch_and_none_for_a_get(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    with pytest.raises(NotFoundError) as patched:
        client.services.patch(name, {"retries": 1})
    with pytest.raises(NotFoundError) as asked:
        client.services.get(name)
    assert (patched.value.code, asked.value.code, asked.value.message) == (6, None, "Not found")


@pytest.mark.parametrize("kind", ["services", "routes", "upstreams", "consumers", "plugins"])
def test_a_delete_of_what_is_not_there_is_204_except_for_targets(
    http: httpx.Client, name: str, kind: str
) -> None:
    made(http, "/upstreams", name=name)
    # A plugin's path takes an id or the name of an instance.
    assert http.delete(f"/{kind}/{uuid.uuid4()}").status_code == 204
    assert http.delete(f"/upstreams/{name}/targets/127.0.0.1:9").status_code == 404


def test_an_upstream_takes_its_targets_along(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    made(http, "/upstreams", name=name)
    made(http, f"/upstreams/{name}/targets", target="127.0.0.1:9")
    client.upstreams.delete(name)
    made(http, "/upstreams", name=name)
    assert client.targets(name).list_all() == []


def test_there_is_no_list_of_all_targets(http: httpx.Client) -> None:
    assert http.get("/targets").status_code == 404


def test_targets_go_by_address_or_id_and_a_short_ipv6_finds_nothing(
    http: httpx.Client, client: KongAdmin, name: str
) -> None:
    client.upstreams.create(Upstream(name=name, tags=("here",)))
    target = Target(upstream=Reference(name=name), target="[::1]:80", tags=("here",))
    stored = client.targets(name).create(target)
    assert stored.target == "[0000:0000:0000:0000:0000:0000:0000:0001]:80"
    for key in (stored.target, stored.id or ""):
        assert client.targets(name).patch(key, {"weight": 3}).weight == 3
    assert http.get(f"/upstreams/{name}/targets/[::1]:80").status_code == 404
    assert sync_again(client, name, target) == ()


def sync_again(client: KongAdmin, name: str, target: Target) -> tuple[object, ...]:
    upstream = Upstream(name=name, tags=("here",))
    kept = target.model_copy(update={"weight": 3})
    return sync(client, State.of([upstream, kept]), select_tag="here").changes


@pytest.mark.parametrize("weight", ["7", 1.5, -1, 65536])
def test_a_weight_is_a_whole_number(
    http: httpx.Client, client: KongAdmin, name: str, weight: object
) -> None:
    made(http, "/upstreams", name=name)
    made(http, f"/upstreams/{name}/targets", target="127.0.0.1:9")
    with pytest.raises(InvalidEntityError) as refused:
        client.targets(name).patch("127.0.0.1:9", {"weight": weight})
    assert refused.value.code == 2
    assert "weight" in refused.value.fields


@pytest.mark.parametrize("size", ["0", "1001"])
def test_a_page_has_1_to_1000_entities(http: httpx.Client, size: str) -> None:
    answer = http.get("/services", params={"size": size})
    assert (answer.status_code, answer.json()["code"]) == (400, 9)


def test_nested_lists_forget_size_and_tags_and_the_client_asks_again(
    http: httpx.Client, client: KongAdmin, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kong_admin.client.PAGE_SIZE", 2)
    made(http, "/upstreams", name=name)
    for number in range(5):
        made(http, f"/upstreams/{name}/targets", target=f"127.0.0.{number}:9")
        made(http, "/services", name=f"{name}{number}", host="h.test", tags=["here", name])
    nested = http.get(f"/upstreams/{name}/targets", params={"size": 2}).json()
    assert nested["next"].startswith("/upstreams/")
    assert ("size" in nested["next"], nested["offset"]) == (False, "2")
    top = http.get("/services", params={"size": 2, "tags": name}).json()["next"]
    assert "size=2" in top
    assert f"tags={name}" in top
    assert len(client.targets(name).list_all()) == 5
    assert len(client.services.list_all(tags=[name])) == 5


def test_tags_of_targets_select_nothing(http: httpx.Client, client: KongAdmin, name: str) -> None:
    made(http, "/upstreams", name=name)
    made(http, f"/upstreams/{name}/targets", target="127.0.0.1:9", tags=["here", "one"])
    made(http, f"/upstreams/{name}/targets", target="127.0.0.2:9", tags=["here"])
    path = f"/upstreams/{name}/targets"
    assert len(http.get(path, params={"tags": "one"}).json()["data"]) == 2
    assert len(client.targets(name).list_all(tags=["one"])) == 1


@pytest.mark.parametrize("tags", ["a,b/c", ""])
def test_an_expression_of_tags_that_kong_cannot_read_is_400(http: httpx.Client, tags: str) -> None:
    assert http.get("/services", params={"tags": tags}).status_code == 400


@pytest.mark.parametrize("tag", ["a,b", "a/b", ""])
def test_the_client_sends_no_tag_that_kong_would_read_as_an_expression(
    admin: KongAdmin, kong: FakeKong, tag: str
) -> None:
    with pytest.raises(UnusableInputError, match="cannot be a tag"):
        admin.services.list_all(tags=[tag])
    assert kong.calls == []


def test_unknown_parameters_of_a_list_are_ignored(http: httpx.Client, name: str) -> None:
    made(http, "/services", name=name, host="h.test")
    found = http.get("/services", params={"name": "nobody"}).json()["data"]
    assert name in [service["name"] for service in found]


def test_stamps_are_whole_and_fractional_for_targets(http: httpx.Client, name: str) -> None:
    service = made(http, "/services", name=name, host="h.test")
    made(http, "/upstreams", name=name)
    target = made(http, f"/upstreams/{name}/targets", target="127.0.0.1:9")
    assert type(service["created_at"]) is int
    assert type(target["created_at"]) is float


@pytest.mark.parametrize("raw", [b"", b"{"])
def test_a_body_that_is_no_json_has_a_message_and_no_code(http: httpx.Client, raw: bytes) -> None:
    answer = http.post("/services", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"message": "Cannot parse JSON body"})


def test_a_gateway_with_a_database_takes_no_whole_configuration(
    http: httpx.Client, client: KongAdmin
) -> None:
    with pytest.raises(InvalidEntityError, match="not use a database"):
        client.load_config({"_format_version": "3.0"})


def test_without_a_database_a_patch_of_what_is_missing_is_404_and_a_delete_204(
    admin: KongAdmin, kong: FakeKong
) -> None:
    kong.add("/services", {"name": "s", "host": "h.test"})
    kong.database = "off"
    statuses = []
    for key, there in (("s", True), ("nobody", False)):
        for call in (
            lambda key=key: admin.services.patch(key, {"retries": 1}),
            lambda key=key: admin.request("DELETE", f"/services/{key}"),
        ):
            try:
                call()
                statuses.append((there, 204))
            except RefusedError as refused:
                statuses.append((there, refused.status))
    assert statuses == [(True, 405), (True, 405), (False, 404), (False, 204)]


def test_an_entity_that_is_wrong_as_a_whole_is_told_as_such() -> None:
    fields = {"@entity": ["at least one of these fields must be non-empty"], "paths": [None, "bad"]}
    body = {"message": "schema violation", "name": "schema violation", "code": 2, "fields": fields}
    refuse = httpx.MockTransport(lambda request: httpx.Response(400, json=body))
    with (
        KongAdmin("http://kong", transport=refuse) as admin,
        pytest.raises(InvalidEntityError) as refused,
    ):
        admin.services.put("s", Service(name="s", host="h.test"))
    assert refused.value.fields == fields
