"""The Admin API's answers, with an Envoy that takes everything over at once."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from embedded_gateway.gateway import Gateway
from embedded_gateway.plugins import OFFERED, PRIORITY


def _served(admin: Any) -> dict[str, Any]:
    admin.made("/upstreams", name="u")
    admin.made("/upstreams/u/targets", target="127.0.0.1:8001")
    service: dict[str, Any] = admin.made("/services", name="s", host="u")
    admin.made("/services/s/routes", name="r", paths=["/a"])
    return service


def test_creating_answers_201_with_kongs_defaults(admin: Any) -> None:
    service = _served(admin)
    assert (service["retries"], service["protocol"], service["read_timeout"]) == (5, "http", 60000)
    assert admin.http.get("/services/s").json() == service
    route = admin.http.get("/services/s/routes/r").json()
    assert route["service"] == {"id": service["id"]}


def test_a_put_replaces_and_a_patch_merges(admin: Any) -> None:
    _served(admin)
    admin.http.patch("/services/s", json={"retries": 2, "tags": ["a"]})
    assert admin.http.get("/services/s").json()["retries"] == 2
    replaced = admin.http.put("/services/s", json={"host": "u", "name": "ignored"})
    assert (replaced.status_code, replaced.json()["name"]) == (200, "s")
    assert (replaced.json()["retries"], replaced.json()["tags"]) == (5, None)


def test_a_put_creates_with_200(admin: Any) -> None:
    answer = admin.http.put("/services/new", json={"host": "example.test"})
    assert (answer.status_code, answer.json()["name"]) == (200, "new")
    identifier = str(uuid.uuid4())
    answer = admin.http.put(f"/services/{identifier}", json={"host": "example.test"})
    assert (answer.status_code, answer.json()["id"]) == (200, identifier)


def test_a_nested_patch_keeps_its_siblings(admin: Any) -> None:
    admin.made("/upstreams", name="u", healthchecks={"active": {"http_path": "/healthz"}})
    answer = admin.http.patch("/upstreams/u", json={"healthchecks": {"active": {"timeout": 2}}})
    active = answer.json()["healthchecks"]["active"]
    assert (active["http_path"], active["timeout"]) == ("/healthz", 2)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/services", {"host": "u", "retries": "7"}, 400, 2),
        ("/services", {"host": "u", "nonsense": 1}, 400, 2),
        ("/services", {}, 400, 2),
        ("/services", {"host": "u", "protocol": "https"}, 400, 2),
        ("/services", {"name": "s", "host": "u"}, 409, 5),
        ("/routes", {"paths": ["a"]}, 400, 2),
        ("/routes", {"service": {"name": "s"}}, 400, 2),
        ("/routes", {"paths": ["/b"], "service": {"name": "no"}}, 400, 13),
        ("/routes", {"paths": ["/b"], "service": {"id": "no"}}, 400, 4),
        ("/upstreams", {"name": "x", "algorithm": "latency"}, 400, 2),
        ("/upstreams/u/targets", {"target": "127.0.0.1:8001"}, 409, 5),
        ("/upstreams/u/targets", {"target": "127.0.0.1:9", "weight": 1.5}, 400, 2),
        ("/upstreams/u/targets", {"target": "127.0.0.1:9", "weight": 65536}, 400, 2),
        ("/plugins", {"name": "proxy-cache", "config": {"strategy": "memory"}}, 400, 2),
        ("/plugins", {"name": "correlation-id"}, 400, 2),
        ("/plugins", {"name": "prometheus", "config": {"ai_metrics": True}}, 400, 2),
        ("/consumers", {}, 400, 2),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    admin: Any, path: str, body: dict[str, Any], status: int, code: int
) -> None:
    _served(admin)
    before = admin.files()
    answer = admin.post(path, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert set(answer.json()) == {"message", "name", "code", "fields"}
    assert admin.files() == before


def test_a_refusal_names_the_field_as_kong_does(admin: Any) -> None:
    body = admin.post("/services", host="u", retries="7").json()
    assert body == {
        "message": "schema violation (retries: expected an integer)",
        "name": "schema violation",
        "code": 2,
        "fields": {"retries": "expected an integer"},
    }
    body = admin.post("/routes", paths=["/good", "bad"]).json()
    assert "should start with: /" in str(body["fields"]["paths"])


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"7", b'{"a": NaN}'])
def test_a_body_that_is_no_json_object_is_400(admin: Any, raw: bytes) -> None:
    answer = admin.http.post("/services", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"message": "Cannot parse JSON body"})


@pytest.mark.parametrize("kind", [{}, {"Content-Type": "text/plain"}], ids=["none", "text"])
def test_a_body_that_a_web_page_could_send_unasked_is_415(admin: Any, kind: dict[str, str]) -> None:
    answer = admin.http.post("/services", content=b'{"name": "x", "host": "x"}', headers=kind)
    assert answer.status_code == 415
    assert admin.http.get("/services/x").status_code == 404


def test_unknown_paths_and_entities_are_404(admin: Any) -> None:
    for path in ("/nonsense", "/services/no", "/services/no/routes", "/upstreams/no/health"):
        answer = admin.http.get(path)
        assert (answer.status_code, answer.json()) == (404, {"message": "Not found"}), path
    assert admin.http.patch("/services/no", json={}).json()["code"] == 6


def test_deleting_follows_kong(admin: Any) -> None:
    _served(admin)
    refused = admin.http.delete("/services/s")
    assert (refused.status_code, refused.json()["code"]) == (400, 4)
    assert admin.http.delete("/routes/r").status_code == 204
    assert admin.http.delete("/services/s").status_code == 204
    assert admin.http.delete("/services/s").status_code == 204
    assert admin.http.delete("/upstreams/u/targets/127.0.0.1:9").status_code == 404
    assert admin.http.delete("/upstreams/u").status_code == 204
    assert admin.gateway.state.targets == {}
    assert not list((admin.directory / "eds").iterdir())


def test_deleting_a_route_takes_its_plugins_along(admin: Any) -> None:
    _served(admin)
    admin.made("/routes/r/plugins", name="prometheus")
    admin.http.delete("/routes/r")
    assert admin.http.get("/plugins").json()["data"] == []


def test_targets_are_found_by_address_or_id_and_never_made_by_put(admin: Any) -> None:
    _served(admin)
    made = admin.made("/upstreams/u/targets", target="127.0.0.1")
    assert made["target"] == "127.0.0.1:8000"
    for key in ("127.0.0.1:8000", "127.0.0.1", made["id"]):
        answer = admin.http.patch(f"/upstreams/u/targets/{key}", json={"weight": 7})
        assert (answer.status_code, answer.json()["weight"]) == (200, 7)
    assert admin.http.put("/upstreams/u/targets/127.0.0.1:9", json={}).status_code == 404


def test_an_address_belongs_to_its_upstream(admin: Any) -> None:
    for name in ("one", "two"):
        admin.made("/upstreams", name=name)
        admin.made(f"/upstreams/{name}/targets", target="127.0.0.1:8001")
    admin.http.patch("/upstreams/two/targets/127.0.0.1:8001", json={"weight": 1})
    weights = [
        admin.http.get(f"/upstreams/{name}/targets").json()["data"][0]["weight"]
        for name in ("one", "two")
    ]
    assert weights == [100, 1]


def test_lists_are_paged_to_the_end(admin: Any) -> None:
    for number in range(5):
        admin.made("/services", name=f"s{number}", host="h", tags=["t"])
    found, path = [], "/services?size=2&tags=t"
    while path:
        body = admin.http.get(path).json()
        found += [service["name"] for service in body["data"]]
        path = body["next"]
    assert sorted(found) == [f"s{number}" for number in range(5)]
    for bad in ("0", "1001", "x"):
        assert admin.http.get(f"/services?size={bad}").json()["code"] == 9
    assert admin.http.get("/services?offset=nonsense").json()["code"] == 7


def test_tags_select_by_and_or_or(admin: Any) -> None:
    admin.made("/services", name="both", host="h", tags=["a", "b"])
    admin.made("/services", name="one", host="h", tags=["a"])

    def names(tags: str) -> set[str]:
        found = admin.http.get("/services", params={"tags": tags}).json()["data"]
        return {service["name"] for service in found}

    assert names("a,b") == {"both"}
    assert names("a/b") == {"both", "one"}
    assert admin.http.get("/services", params={"tags": "a,b/c"}).status_code == 400


def test_when_the_proxy_is_down_nothing_changes(admin: Any) -> None:
    _served(admin)
    before = admin.files()
    admin.envoy.is_up = False
    answer = admin.http.patch("/upstreams/u/targets/127.0.0.1:8001", json={"weight": 1})
    assert answer.status_code == 503
    assert admin.files() == before
    assert admin.http.get("/readyz").status_code == 503
    assert admin.http.get("/healthz").status_code == 200


def test_what_envoy_would_not_take_is_refused_before_it_is_stored(admin: Any) -> None:
    _served(admin)
    before = admin.files()
    admin.refuse.append("missing ): (unclosed")
    answer = admin.post("/services/s/routes", paths=["~/(unclosed"])
    assert (answer.status_code, answer.json()["code"]) == (400, 2)
    assert "unclosed" in answer.json()["message"]
    assert admin.files() == before


def test_what_envoy_rejects_is_put_back(admin: Any) -> None:
    _served(admin)
    before = admin.files()
    admin.envoy.rejects = True
    for path, body in (("/services/s", {"retries": 1}), ("/routes/r", {"paths": ["/b"]})):
        answer = admin.http.patch(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, 2)
        assert admin.files() == before


def test_a_weight_change_writes_one_file(admin: Any) -> None:
    _served(admin)
    before = admin.files()
    admin.http.patch("/upstreams/u/targets/127.0.0.1:8001", json={"weight": 1})
    changed = {name for name, text in admin.files().items() if before.get(name) != text}
    assert changed == {"eds/u.json", "entities.json"}


def test_entities_survive_and_equal_files_are_left_alone(admin: Any, tmp_path: Path) -> None:
    _served(admin)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    again = Gateway(tmp_path, admin.envoy)
    assert again.state == admin.gateway.state
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == stamps


def test_the_node_says_what_it_is_and_what_it_refuses(admin: Any) -> None:
    node = admin.http.get("/").json()
    assert node["version"].startswith("3.9.")
    assert node["edition"] == "embedded gateway"
    assert set(node["plugins"]["available_on_server"]) == set(OFFERED)
    assert set(PRIORITY) == set(OFFERED)
    assert node["embedded_gateway"]["refused"]["plugins"]


def test_a_schema_can_be_asked_without_storing(admin: Any) -> None:
    good = admin.http.post("/schemas/services/validate", json={"host": "h"})
    bad = admin.http.post("/schemas/services/validate", json={"host": "h", "port": "80"})
    assert (good.status_code, bad.status_code) == (200, 400)
    assert admin.http.post("/schemas/nonsense/validate", json={}).status_code == 404
    assert admin.http.get("/services").json()["data"] == []


def test_a_declarative_file_is_refused_as_by_a_kong_with_a_database(admin: Any) -> None:
    answer = admin.http.post("/config", json={"_format_version": "3.0"})
    assert answer.status_code == 400
    assert "not use a database" in answer.json()["message"]
