"""Each database has its owner, its roles, its passwords and its relay."""

from itertools import chain

from stack import passwords, table
from stack import profile as profiles
from stack.databases import DATABASES, OWNERS

PROFILE = profiles.load(profiles.Kind.TEST)


def test_whoever_owns_a_database_is_one_of_its_roles() -> None:
    for database, owner in OWNERS.items():
        assert owner in {role for role, place in DATABASES.values() if place == database}
    assert {place for _, place in DATABASES.values()} == OWNERS.keys()


def test_each_database_has_a_relay_to_kafka_that_does_not_run_by_itself() -> None:
    relays = {program.name for program in table.exporters(PROFILE)}
    assert relays == {f"{side}-kafka" for side in OWNERS}
    assert not relays & {program.name for program in table.applications(PROFILE)}
    assert relays < {program.name for program in table.everything(PROFILE)}


def test_no_two_programs_share_a_port() -> None:
    ports = list(chain.from_iterable(program.ports for program in table.everything(PROFILE)))
    assert len(ports) == len(set(ports))


def test_every_role_has_a_password_of_its_own() -> None:
    known = passwords.load(PROFILE)
    roles = {role for role, _ in DATABASES.values()}
    assert len({known[role.upper()] for role in roles}) == len(roles)
