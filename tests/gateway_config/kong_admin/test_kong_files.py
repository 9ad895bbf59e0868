"""What the files promise about the gateway, whichever gateway it is."""

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from kong_admin import State, load
from tests.gateway_config.kong_admin.declared import ENVIRON, OURS

# Where the monolith's paths begin that are there for everybody, or for whom `policy/` names.
PUBLIC = ("admin/", "api/v1/", ".well-known/", "probes/")


@pytest.fixture
def state() -> State:
    return load([OURS], environ=ENVIRON)


@pytest.mark.parametrize("name", ["monolith", "catalog-write", "inventory-write", "orders-write"])
def test_what_carries_writes_never_retries(state: State, name: str) -> None:
    services = {service.name: service for service in state.services}
    assert services[name].retries == 0


def test_paths_and_hosts_arrive_unchanged(state: State) -> None:
    assert all(not route.strip_path and route.preserve_host for route in state.routes)


@pytest.mark.parametrize(("folder", "instances"), [("fixed", 2), ("by-name", 1)])
@pytest.mark.parametrize("upstream", ["catalog", "inventory", "orders"])
def test_a_domain_is_asked_of_its_service_alone(folder: str, instances: int, upstream: str) -> None:
    placed = load([OURS, OURS.parent / "targets" / folder], environ=ENVIRON)
    targets = [target for target in placed.targets if str(target.upstream) == upstream]
    assert [target.weight for target in targets] == [100] * instances
    assert ENVIRON["MONOLITH_TARGET"] not in {target.target for target in targets}


def test_the_files_have_no_address_of_their_own() -> None:
    for file in [*OURS.glob("*.yaml"), *OURS.parent.glob("targets/*/*.yaml")]:
        lines = Path(file).read_text().splitlines()
        assert all("${" in line for line in lines if " target: " in line)


def test_of_the_monoliths_paths_those_for_operators_end_at_the_gateway(state: State) -> None:
    paths = {str(entry.pattern) for entry in get_resolver().url_patterns}
    internal = {path for path in paths if not path.startswith(PUBLIC)}
    assert internal >= {"healthz", "readyz", "metrics"}
    ended = {str(p.route) for p in state.plugins if p.name == "request-termination" and p.enabled}
    routes = [route for route in state.routes if route.name in ended]
    for route in routes:
        # Whoever asks, and also where the gateway does not offer the plugin: then it has no service.
        assert (route.service, route.methods, route.hosts, route.headers) == (None,) * 4
    closing = [path.removeprefix("~") for route in routes for path in route.paths or ()]
    for path in internal:
        # A fragment too: Kong sees it in the path, and gunicorn leaves it out.
        for asked in (f"/{path}", f"/{path}#x"):
            assert any(re.match(regex, asked) for regex in closing), asked
    for path in (*PUBLIC, *(f"{path}-of-the-shop" for path in internal)):
        assert not any(re.match(regex, f"/{path}") for regex in closing), path
