"""What the files promise about the gateway, whichever gateway it is."""

from pathlib import Path

import pytest

from kong_admin import State, load
from tests.gateway_config.kong_admin.declared import ENVIRON, OURS


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
    assert [target.weight for target in targets] == [100] * (
        instances if upstream == "catalog" else 2
    )
    assert ENVIRON["MONOLITH_TARGET"] not in {target.target for target in targets}


def test_the_files_have_no_address_of_their_own() -> None:
    for file in [*OURS.glob("*.yaml"), *OURS.parent.glob("targets/*/*.yaml")]:
        lines = Path(file).read_text().splitlines()
        assert all("${" in line for line in lines if " target: " in line)
