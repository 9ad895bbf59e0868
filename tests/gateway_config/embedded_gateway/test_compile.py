"""Entities to Envoy resources, without an Envoy."""

from typing import Any

import pytest

from embedded_gateway import entities
from embedded_gateway.compile import Compiled, cds, compile_state, eds
from embedded_gateway.errors import SchemaViolation
from embedded_gateway.state import State


def _state(*made: tuple[str, dict[str, Any]]) -> State:
    state = State()
    for kind, body in made:
        state, _ = entities.create(state, kind, body)
    return state


def _routed(service: dict[str, Any] | None = None, **route: Any) -> Compiled:
    return compile_state(
        _state(
            ("upstreams", {"name": "u"}),
            ("targets", {"upstream": {"name": "u"}, "target": "127.0.0.1:8001", "weight": 90}),
            ("targets", {"upstream": {"name": "u"}, "target": "127.0.0.1:8002", "weight": 0}),
            ("services", {"name": "s", "host": "u", **(service or {})}),
            ("routes", {"name": "r", "service": {"name": "s"}, "paths": ["/a"], **route}),
        ),
        addresses={},
    )


def _entries(compiled: Compiled) -> list[Any]:
    entries: list[Any] = compiled.routes["virtual_hosts"][0]["routes"]
    return entries


def _order(*routes: dict[str, Any]) -> list[str]:
    made = [("services", {"name": "s", "host": "h", "retries": 0})]
    made += [("routes", {"service": {"name": "s"}, **route}) for route in routes]
    entries = _entries(compile_state(_state(*made), addresses={}))
    return [entry["name"].partition("|")[2] for entry in entries[:-1]]


def test_a_weight_of_zero_drains_and_is_not_left_out() -> None:
    first, second = _routed().endpoints["u"]["endpoints"][0]["lb_endpoints"]
    assert (first["load_balancing_weight"], first.get("health_status")) == (90, None)
    assert (second["load_balancing_weight"], second["health_status"]) == (1, "DRAINING")


def test_a_name_becomes_all_its_addresses_and_an_unknown_one_gets_no_traffic() -> None:
    made: list[tuple[str, dict[str, Any]]] = [("upstreams", {"name": "u"})]
    made += [
        ("targets", {"upstream": {"name": "u"}, "target": f"{name}:80"}) for name in ("two", "none")
    ]
    addresses = {"two": ("10.0.0.1", "10.0.0.2"), "none": ()}
    compiled = compile_state(_state(*made), addresses=addresses)
    endpoints = compiled.endpoints["u"]["endpoints"][0]["lb_endpoints"]
    found = [e["endpoint"]["address"]["socket_address"]["address"] for e in endpoints]
    assert found == ["10.0.0.1", "10.0.0.2"]


def test_a_service_without_an_upstream_is_looked_up_by_name() -> None:
    compiled = compile_state(
        _state(("services", {"name": "s", "host": "example.test"})), addresses={}
    )
    assert compiled.clusters["svc.s"]["type"] == "STRICT_DNS"


def test_settings_whose_defaults_would_break_what_kong_promises_are_set() -> None:
    cluster = _routed().clusters["svc.s"]
    assert cluster["common_lb_config"] == {
        "healthy_panic_threshold": {"value": 0},
        "update_merge_window": "0s",
    }
    assert cluster["ignore_health_on_host_removal"] is True
    assert cluster["circuit_breakers"]["thresholds"][0]["max_retries"] == 100000


def test_a_write_that_may_not_be_retried_is_sent_once() -> None:
    entry = _entries(_routed({"retries": 0}, methods=["POST"]))[0]
    assert entry["route"]["retry_policy"]["num_retries"] == 0


def test_one_entry_serves_all_methods() -> None:
    found = [entry for entry in _entries(_routed({"retries": 2})) if entry["name"] != "no-route"]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("path", "strip", "base", "expected"),
    [
        ("/a", True, None, {"pattern": {"regex": "^/a/*(.*)$"}, "substitution": "/\\1"}),
        ("/a", True, "/v1/", {"pattern": {"regex": "^/a/*(.*)$"}, "substitution": "/v1/\\1"}),
        ("/a", False, None, None),
        ("/a", False, "/v1", {"pattern": {"regex": "^/(.*)$"}, "substitution": "/v1/\\1"}),
        ("/", True, None, None),
        (
            r"~/a/(?<id>\d+)$",
            True,
            None,
            {"pattern": {"regex": r"^(?:/a/(?<id>\d+))/*(.*)$"}, "substitution": "/\\2"},
        ),
    ],
)
def test_paths_are_stripped_as_kong_does(
    path: str, strip: bool, base: str | None, expected: object
) -> None:
    entry = _entries(_routed({"path": base}, paths=[path], strip_path=strip))[0]
    assert entry["route"].get("regex_rewrite") == expected


def test_the_more_a_route_asks_for_the_earlier_it_is_asked() -> None:
    assert _order(
        {"name": "root", "paths": ["/"]},
        {"name": "long", "paths": ["/a/b"]},
        {"name": "regex", "paths": ["~/a/.*"]},
        {"name": "method", "paths": ["/a/b"], "methods": ["GET"]},
        {"name": "host", "paths": ["/a"], "hosts": ["a.test"]},
        {"name": "wildcard", "paths": ["/a"], "hosts": ["*.test"]},
    ) == ["host", "method", "wildcard", "regex", "long", "root"]


def test_regex_priority_decides_between_regexes() -> None:
    assert _order(
        {"name": "low", "paths": ["~/long/and/specific"]},
        {"name": "high", "paths": ["~/l.*"], "regex_priority": 1},
    ) == ["high", "low"]


def test_a_disabled_service_takes_no_requests() -> None:
    compiled = _routed({"enabled": False})
    assert len(_entries(compiled)) == 1
    assert compiled.clusters == {}


def test_the_most_specific_plugin_wins() -> None:
    def plugin(header: str, **scope: Any) -> tuple[str, dict[str, Any]]:
        config = {"header_name": header, "generator": "uuid"}
        return "plugins", {"name": "correlation-id", "config": config, **scope}

    compiled = compile_state(
        _state(
            ("services", {"name": "s", "host": "h", "retries": 0}),
            ("routes", {"name": "r", "service": {"name": "s"}, "paths": ["/a"]}),
            plugin("X-Global"),
            plugin("X-Route", route={"name": "r"}),
            plugin("X-Service", service={"name": "s"}),
        ),
        addresses={},
    )
    routed, elsewhere = (str(entry["typed_per_filter_config"]) for entry in _entries(compiled))
    assert "X-Route" in routed
    assert "X-Global" not in routed
    assert "X-Global" in elsewhere


def test_health_checks_need_both_directions() -> None:
    body = {"name": "u", "healthchecks": {"active": {"healthy": {"interval": 1}}}}
    body["healthchecks"]["active"]["unhealthy"] = {"http_failures": 2}  # type: ignore[index]
    with pytest.raises(SchemaViolation, match="both directions"):
        _state(("upstreams", body))


def test_the_version_is_a_hash_of_the_content() -> None:
    once, twice = _routed(), _routed()
    assert eds(once.endpoints["u"]) == eds(twice.endpoints["u"])
    assert cds(once.clusters) == cds(twice.clusters)


def test_a_weight_leaves_clusters_and_routes_untouched() -> None:
    before = _state(
        ("upstreams", {"name": "u"}),
        ("targets", {"upstream": {"name": "u"}, "target": "127.0.0.1:8001"}),
        ("services", {"name": "s", "host": "u"}),
    )
    old = compile_state(before, addresses={})
    target = next(iter(before.targets.values()))
    after, _ = entities.patch(before, "targets", target.id, {"weight": 1}, found=target)
    new = compile_state(after, addresses={}, previous=old, before=before)
    assert new.clusters is old.clusters
    assert new.routes is old.routes
    assert new.endpoints != old.endpoints
