"""From one line per service follows all that the stack knows of it."""

from itertools import chain

import pytest

from stack import environment, passwords, roles, table, tasks
from stack import profile as profiles
from stack.services import SERVICES, Service, sides

PROFILE = profiles.load(profiles.Kind.TEST)
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@EVERY_SERVICE
def test_a_service_has_a_database_with_an_owner_and_its_own_roles(service: Service) -> None:
    assert roles.OWNERS[service.name] == f"{service.name}_owner"
    own = {role for role, database in environment.DATABASES.values() if database == service.name}
    assert {f"{service.name}_{worker}" for worker in ("app", "owner", "relay", "applier")} < own


@EVERY_SERVICE
def test_a_service_is_migrated_and_each_of_its_processes_runs(service: Service) -> None:
    assert f"migrate-{service.name}" in {task.name for task in tasks.MIGRATIONS}
    running = {program.name for program in table.applications(PROFILE)}
    assert {f"{service.name}-{role}" for role in service.roles} <= running
    assert {f"{service.name}-{n}" for n in range(1, service.instances + 1)} <= running


def test_each_service_has_a_relay_to_kafka_that_does_not_run_by_itself() -> None:
    relays = {program.name for program in table.exporters(PROFILE)}
    assert relays == {f"{side}-kafka" for side in sides() if side != "monolith"}
    assert not relays & {program.name for program in table.applications(PROFILE)}
    assert relays < {program.name for program in table.everything(PROFILE)}


def test_no_two_programs_share_a_port() -> None:
    ports = list(chain.from_iterable(program.ports for program in table.everything(PROFILE)))
    assert len(ports) == len(set(ports))


def test_every_role_has_a_password_of_its_own() -> None:
    known = passwords.load(PROFILE)
    used = [known[role.upper()] for role, _ in set(environment.DATABASES.values())]
    assert len(set(used)) == len({role for role, _ in environment.DATABASES.values()})


def test_where_nobody_sends_requests_the_working_processes_tell_who_is_ready() -> None:
    quiet = Service(name="quiet", first_port=500, roles=("events", "relay", "chores"))
    assert quiet.asked_ports == (510, 513)
    assert quiet.instance_ports == ()
