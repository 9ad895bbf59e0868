"""Where the databases of the sides are: on one server, or each on a server of its own."""

from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from stack import environment, lifecycle, programs, roles, strays, table
from stack import profile as profiles
from stack.clusters import clusters, serving
from stack.profile import Kind, Profile
from stack.services import sides
from tests.deploy.conftest import quietly


@pytest.fixture
def planned(tmp_path: Path) -> Profile:
    """A copy with a server for each side that is never started."""
    return Profile(kind=Kind.CHAOS, root=tmp_path, state=tmp_path, base=22000)


@pytest.mark.parametrize("kind", [Kind.DEV, Kind.TEST])
def test_all_sides_share_one_server(kind: Kind) -> None:
    (cluster,) = clusters(profiles.load(kind))
    assert (cluster.name, cluster.sides) == ("postgresql", sides())


def test_where_databases_die_alone_each_side_has_a_server_and_a_directory(
    planned: Profile,
) -> None:
    found = clusters(planned)
    assert [cluster.sides for cluster in found] == [(side,) for side in sides()]
    assert len({cluster.place for cluster in found}) == len({c.port for c in found}) == len(sides())
    assert [cluster.name for cluster in found] == [
        program.name for program in table.servers(planned) if "postgresql" in program.name
    ]


def test_an_address_leads_to_the_server_of_its_side(planned: Profile) -> None:
    known = environment.variables(planned)
    for variable, (_, side) in environment.DATABASES.items():
        assert urlsplit(known[variable]).port == serving(planned, side).port, variable


def test_no_two_programs_share_a_port_there_either(planned: Profile) -> None:
    ports = list(chain.from_iterable(program.ports for program in table.possible(planned)))
    assert len(ports) == len(set(ports))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_server_dies_and_the_others_answer(apart: Profile) -> None:
    lifecycle.start_servers(apart, say=quietly)
    with roles.superuser(apart, side="catalog") as connection:
        there = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        assert there & set(sides()) == {"catalog"}
        assert roles_of(connection) & {"monolith_app", "orders_owner"} == set()

        before = {
            cluster.name: programs.pid(cluster.name, profile=apart) for cluster in clusters(apart)
        }
        programs.kill("catalog-postgresql", profile=apart)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    for side in set(sides()) - {"catalog"}:
        with roles.superuser(apart, database=side, side=side) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    programs.await_ready("catalog-postgresql", profile=apart)
    after = {name: programs.pid(name, profile=apart) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"catalog-postgresql"}

    places = [cluster.place for cluster in clusters(apart)]
    lifecycle.reset(apart, say=quietly)
    assert strays.find(apart) == []
    assert not any(place.exists() for place in places)


def roles_of(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
