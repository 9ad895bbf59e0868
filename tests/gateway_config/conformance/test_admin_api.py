"""The Admin API: creating, replacing, merging, deleting, refusing, paging."""

import uuid
from typing import Any

import pytest


@pytest.fixture(scope="module")
def upstream(kong: Any) -> dict[str, Any]:
    made: dict[str, Any] = kong.make("/upstreams", name=kong.name("admin"))
    return made


@pytest.fixture(scope="module")
def service(kong: Any) -> dict[str, Any]:
    made: dict[str, Any] = kong.make("/services", name=kong.name("admin"), host="h.test", retries=2)
    kong.make("/routes", name=kong.name("admin"), paths=["/x"], service={"id": made["id"]})
    return made


def test_a_put_creates_with_200_and_ignores_the_name_in_its_body(kong: Any) -> None:
    name = kong.name("put")
    answer = kong.admin.put(f"/consumers/{name}", json={"username": "ignored", "custom_id": name})
    assert (answer.status_code, answer.json()["username"]) == (200, name)
    again = kong.admin.put(f"/consumers/{name}", json={"tags": ["a"]})
    assert (again.json()["custom_id"], again.json()["tags"]) == (None, ["a"])
    assert again.json()["id"] == answer.json()["id"]
    assert kong.admin.delete(f"/consumers/{name}").status_code == 204
    assert kong.admin.delete(f"/consumers/{name}").status_code == 204


def test_a_patch_merges_into_nested_records(kong: Any, upstream: dict[str, Any]) -> None:
    path = f"/upstreams/{upstream['id']}"
    kong.admin.patch(path, json={"healthchecks": {"active": {"http_path": "/healthz"}}})
    body = {"healthchecks": {"active": {"timeout": 2}}}
    active = kong.admin.patch(path, json=body).json()["healthchecks"]["active"]
    assert (active["http_path"], active["timeout"]) == ("/healthz", 2)


def test_a_patch_of_what_is_not_there_is_404_with_a_code(kong: Any) -> None:
    answer = kong.admin.patch(f"/services/{uuid.uuid4()}", json={"retries": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, 6)
    answer = kong.admin.get(f"/services/{uuid.uuid4()}")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not found"})


def test_a_service_with_routes_stays(kong: Any, service: dict[str, Any]) -> None:
    answer = kong.admin.delete(f"/services/{service['id']}")
    assert (answer.status_code, answer.json()["code"]) == (400, 4)


def test_targets_are_made_by_post_alone(kong: Any, upstream: dict[str, Any]) -> None:
    path = f"/upstreams/{upstream['id']}/targets"
    made = kong.make(path, target="127.0.0.1")
    assert (made["target"], made["weight"]) == ("127.0.0.1:8000", 100)
    assert kong.admin.post(path, json={"target": "127.0.0.1:8000"}).status_code == 409
    for key in (made["id"], "127.0.0.1:8000"):
        answer = kong.admin.patch(f"{path}/{key}", json={"weight": 7})
        assert (answer.status_code, answer.json()["weight"]) == (200, 7)
    assert kong.admin.put(f"{path}/127.0.0.1:9", json={"weight": 1}).status_code == 404
    assert kong.admin.delete(f"{path}/127.0.0.1:9").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/services", {"host": "h.test", "retries": "7"}, 400, 2),
        ("/services", {"host": "h.test", "nonsense": 1}, 400, 2),
        ("/services", {}, 400, 2),
        ("/routes", {"paths": ["x"]}, 400, 2),
        ("/routes", {"paths": ["/x"], "service": {"name": "nobody-has-it"}}, 400, 13),
        ("/routes", {"paths": ["/x"], "service": {"id": str(uuid.uuid4())}}, 400, 4),
        ("/plugins", {"name": "nonsense"}, 400, 2),
        ("/plugins", {"name": "rate-limiting", "config": {}}, 400, 2),
        ("/plugins", {"name": "acl", "config": {}}, 400, 2),
        ("/plugins", {"name": "ip-restriction", "config": {"allow": ["nowhere"]}}, 400, 2),
        ("/consumers", {}, 400, 2),
    ],
)
def test_what_is_wrong_is_refused_with_kongs_code(
    kong: Any, path: str, body: dict[str, Any], status: int, code: int
) -> None:
    answer = kong.admin.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert {"message", "name", "code", "fields"} <= set(answer.json())


def test_the_refused_field_is_named(kong: Any) -> None:
    body = kong.admin.post("/services", json={"host": "h.test", "retries": "7"}).json()
    assert body["message"] == "schema violation (retries: expected an integer)"
    assert body["fields"] == {"retries": "expected an integer"}


@pytest.mark.parametrize("weight", ["7", 1.5, -1, 65536])
def test_a_weight_is_a_whole_number_up_to_65535(
    kong: Any, upstream: dict[str, Any], weight: object
) -> None:
    path = f"/upstreams/{upstream['id']}/targets"
    answer = kong.admin.post(path, json={"target": "127.0.0.1:9", "weight": weight})
    assert (answer.status_code, answer.json()["code"]) == (400, 2)


@pytest.mark.parametrize("raw", [b"", b"{"])
def test_a_body_that_is_no_json_is_400(kong: Any, raw: bytes) -> None:
    answer = kong.admin.post("/services", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"message": "Cannot parse JSON body"})


def test_lists_are_paged_to_the_end_and_keep_size_and_tags(kong: Any) -> None:
    tag = kong.name("paged")
    names = {
        kong.make("/consumers", username=kong.name(f"p{n}"), tags=[tag])["id"] for n in range(3)
    }
    found, path = set(), f"/consumers?size=1&tags={tag}"
    while path:
        page = kong.admin.get(path).json()
        found |= {consumer["id"] for consumer in page["data"]}
        path = page["next"]
        assert path is None or ("size=1" in path and f"tags={tag}" in path)
    assert found == names


def test_tags_select_all_of_them_or_any(kong: Any) -> None:
    one, two = kong.name("one"), kong.name("two")
    both = kong.make("/consumers", username=kong.name("both"), tags=[one, two])["id"]
    single = kong.make("/consumers", username=kong.name("single"), tags=[one])["id"]

    def ids(tags: str) -> set[str]:
        found = kong.admin.get(f"/consumers?tags={tags}").json()["data"]
        return {consumer["id"] for consumer in found}

    assert ids(f"{one},{two}") == {both}
    assert ids(f"{one}/{two}") == {both, single}
    assert kong.admin.get(f"/consumers?tags={one},{two}/x").status_code == 400


@pytest.mark.parametrize("size", ["0", "1001"])
def test_a_page_holds_1_to_1000(kong: Any, size: str) -> None:
    answer = kong.admin.get(f"/services?size={size}")
    assert (answer.status_code, answer.json()["code"]) == (400, 9)


def test_a_consumer_takes_its_credentials_along(kong: Any) -> None:
    consumer = kong.admin.post("/consumers", json={"username": kong.name("leaves")}).json()
    path = f"/consumers/{consumer['username']}"
    key = kong.admin.post(f"{path}/key-auth", json={}).json()
    assert key["consumer"] == {"id": consumer["id"]}
    assert len(key["key"]) >= 32
    token = kong.admin.post(f"{path}/jwt", json={}).json()
    assert (token["algorithm"], bool(token["secret"])) == ("HS256", True)
    assert kong.admin.get(f"{path}/key-auth/{key['id']}").status_code == 200
    assert kong.admin.delete(path).status_code == 204
    assert kong.admin.get(f"/key-auths/{key['id']}").status_code == 404


def test_a_key_that_is_no_key_is_refused(kong: Any, callers: dict[str, Any]) -> None:
    path = f"/consumers/{callers['alice']['id']}"
    body = {"algorithm": "RS256", "rsa_public_key": "nonsense"}
    assert kong.admin.post(f"{path}/jwt", json=body).json()["code"] == 2
    taken = kong.admin.post(f"{path}/jwt", json={"key": callers["hmac"]})
    assert (taken.status_code, taken.json()["code"]) == (409, 5)
    assert kong.admin.post(f"{path}/acls", json={"group": "in"}).status_code == 409


def test_an_entity_can_be_checked_without_being_made(kong: Any) -> None:
    good = kong.admin.post("/schemas/services/validate", json={"host": "h.test"})
    bad = kong.admin.post("/schemas/services/validate", json={"host": "h.test", "port": "80"})
    assert (good.status_code, bad.status_code) == (200, 400)
    assert kong.admin.post("/schemas/nonsense/validate", json={}).status_code == 404
