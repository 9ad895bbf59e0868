"""Who dies with whom: a server of PostgreSQL alone, or all of them at once."""

import pytest

from chaos import victims
from stack import profile as profiles
from stack import programs
from stack.profile import Kind
from stack.services import sides

PIDS = {f"{side}-postgresql": number for number, side in enumerate(sides(), start=11)}


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The shop of the matrix, as far as it has databases; who was awaited."""
    awaited: list[str] = []
    monkeypatch.setenv("STATE_DIR", str(profiles.load(Kind.CHAOS).state))
    monkeypatch.setattr(programs, "pid", PIDS.__getitem__)
    monkeypatch.setattr(victims, "_await_return", lambda name, **_: awaited.append(name))
    return awaited


def test_the_server_of_one_side_dies_alone(running: list[str]) -> None:
    victim = victims.of_program("catalog-postgresql")
    assert victim.pids == (PIDS["catalog-postgresql"],)
    victim.await_return()
    assert running == ["catalog-postgresql"]


def test_postgresql_is_every_server_at_once(running: list[str]) -> None:
    victim = victims.of_program("postgresql")
    assert victim.pids == tuple(PIDS.values())
    victim.await_return()
    assert running == list(PIDS)


def test_where_all_sides_share_a_server_postgresql_is_that_one(
    running: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIR", str(profiles.load(Kind.DEV).state))
    monkeypatch.setitem(PIDS, "postgresql", 10)
    assert victims.of_program("postgresql").pids == (10,)
