"""The declarative files, those of the policy too, as this gateway takes them."""

from pathlib import Path
from typing import Any

import pytest

from embedded_gateway import entities
from embedded_gateway.compile import Compiled, compile_state
from embedded_gateway.prevalidate import prevalidate
from embedded_gateway.state import State
from kong_admin import OPTIONAL_TAG, load
from tests.gateway_config.kong_admin.declared import ENVIRON

_FOLDER = Path(__file__).parents[3] / "gateway-config"
_ENVIRON = ENVIRON | {
    "OTLP_TRACES_URL": "http://127.0.0.1:4318/v1/traces",
}
_KINDS = ("upstreams", "targets", "services", "routes", "plugins")


def _compiled(*files: str) -> Compiled:
    wanted = load([_FOLDER / file for file in files], environ=_ENVIRON)
    state = State()
    for kind in _KINDS:
        for entity in getattr(wanted, kind):
            if OPTIONAL_TAG in entity.tags:
                continue
            body: dict[str, Any] = entity.to_json()
            if kind == "targets":
                body["upstream"] = {"name": str(entity.upstream)}
            state, _ = entities.create(state, kind, body)
    return compile_state(state, addresses={})


def _routed(compiled: Compiled) -> list[Any]:
    entries = compiled.routes["virtual_hosts"][0]["routes"]
    return [entry for entry in entries if "route" in entry]


def _chain(compiled: Compiled, route: str) -> list[str]:
    entries = compiled.routes["virtual_hosts"][0]["routes"]
    entry = next(e for e in entries if e["name"].endswith(f"|{route}") and "route" in e)
    chain = entry["typed_per_filter_config"]["envoy.filters.http.filter_chain"]
    return [found["name"] for found in chain["filter_chain"]["filters"]]


@pytest.mark.parametrize(
    "files",
    [
        ("kong",),
        ("kong", "targets/fixed"),
        ("kong", "targets/by-name"),
        ("kong", "policy/identity.yaml"),
        ("kong", "policy/tracing.yaml"),
        ("kong", "policy/cache.yaml"),
    ],
)
def test_envoy_takes_what_the_files_say(files: tuple[str, ...]) -> None:
    prevalidate(_compiled(*files), old=compile_state(State(), addresses={}))


def test_every_route_has_the_limits() -> None:
    compiled = _compiled("kong")
    for route in ("monolith", "catalog-read", "catalog-write"):
        chain = _chain(compiled, route)
        assert {"correlation-id", "cors", "request-size-limiting", "rate-limiting"} <= set(chain)


def test_with_the_identity_policy_only_public_routes_let_anybody_in() -> None:
    compiled = _compiled("kong", "policy/identity.yaml")
    for route, is_private in (
        ("monolith-private", True),
        ("catalog-write-private", True),
        ("inventory-write-private", True),
        ("orders-write", True),
        ("orders-read", True),
        ("catalog-read", False),
        ("monolith-registration", False),
        ("monolith", False),
    ):
        assert ("jwt-unknown" in _chain(compiled, route)) == is_private, route
    order = [entry["name"] for entry in compiled.routes["virtual_hosts"][0]["routes"]]
    private, plain = (f"{name}|{name}" for name in ("catalog-write-private", "catalog-write"))
    assert order.index(private) < order.index(plain)
    for entry in _routed(compiled):
        service, _ = entry["name"].split("|")
        assert entry["route"]["cluster"] == f"svc.{service}", "a service has one cluster of its own"
