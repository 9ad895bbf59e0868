"""A service has its own number of instances until somebody says another."""

from pathlib import Path

import pytest

from stack import configuration, lifecycle, scale, scaling, table
from stack.errors import StackError
from stack.profile import Kind, Profile
from stack.services import MOST_INSTANCES, SERVICES, Service

CATALOG = next(service for service in SERVICES if service.name == "catalog")
QUIET = Service(name="quiet", first_port=500, instances=1, roles=())


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(kind=Kind.TEST, root=tmp_path, state=tmp_path / ".run", base=22000)


def names(profile: Profile) -> list[str]:
    wanted = table.applications(profile)
    return [p.name for p in wanted if p.registers and p.name.startswith("catalog-")]


def test_the_number_is_kept_until_it_is_forgotten(profile: Profile) -> None:
    assert names(profile) == ["catalog-1", "catalog-2"]
    scale.want(profile, CATALOG, 3)
    assert names(profile) == ["catalog-1", "catalog-2", "catalog-3"]
    scale.want(profile, CATALOG, 1)
    assert names(profile) == ["catalog-1"]
    scale.forget(profile)
    assert names(profile) == ["catalog-1", "catalog-2"]


def test_what_files_place_has_always_as_many(profile: Profile) -> None:
    scale.want(profile, QUIET, 5)
    assert scale.wanted(profile, QUIET) == QUIET.most_instances == 1
    assert scaling.scalable() == ["catalog", "inventory", "orders"]


def test_the_supervisor_knows_every_instance_beforehand(profile: Profile) -> None:
    profile.state.mkdir()
    configuration.write(profile)
    text = configuration.path(profile).read_text()
    assert all(f"[program:catalog-{n}]" in text for n in range(1, MOST_INSTANCES + 1))


def test_who_registered_itself_is_stopped_while_the_gateway_can_be_told(profile: Profile) -> None:
    first, second, *_ = lifecycle.stop_phases(profile)
    assert {program.name for program in first} == {
        f"{name}-{n}" for name in scaling.scalable() for n in range(1, 10)
    }
    assert {"gateway-admin", "gateway-envoy", "monolith"} <= {program.name for program in second}


def test_an_instance_is_told_to_leave_before_it_is_killed(profile: Profile) -> None:
    for program in table.instances(profile, CATALOG):
        variables = program.variables
        drain_s, grace_s = float(variables["DRAIN_S"]), float(variables["GRACE_S"])
        assert program.stop_wait_s > drain_s + grace_s + 10


def test_without_registration_nobody_scales(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTER", "off")
    with pytest.raises(StackError, match="REGISTER=off"):
        scaling.to(profile, "catalog", 3, say=print)


def test_where_nothing_runs_there_is_nothing_to_scale(profile: Profile) -> None:
    with pytest.raises(StackError, match="nothing runs"):
        scaling.to(profile, "catalog", 3, say=print)
    assert scale.wanted(profile, CATALOG) == 2
