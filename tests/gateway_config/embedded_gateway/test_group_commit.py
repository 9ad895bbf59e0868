"""Changes that arrive together: in force together, answered each for itself."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from embedded_gateway import entities
from embedded_gateway.errors import NotInForce, SchemaViolation, UniqueViolation
from embedded_gateway.group_commit import GroupCommit
from embedded_gateway.state import State


class _Force:
    """What is in force. The first application waits, so that others gather behind it."""

    def __init__(self, *, refused: str = "", unreachable: bool = False) -> None:
        self.state = State()
        self.applied: list[int] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._refused, self._unreachable = refused, unreachable
        self.commits = GroupCommit(read=lambda: self.state, apply=self._apply)

    def _apply(self, state: State) -> None:
        if not self.begun.is_set():
            self.begun.set()
            assert self.go_on.wait(10)
        names = {service.name for service in state.services.values()}
        if self._refused in names:
            raise SchemaViolation({"@entity": ["the proxy rejected the configuration"]})
        if self._unreachable and len(names) > 1:
            raise NotInForce("the proxy does not answer")
        self.applied.append(len(names))
        self.state = state

    def create(self, name: str) -> Any:
        body = {"name": name, "host": "h"}
        return self.commits.change(lambda state: entities.create(state, "services", body))


def _together(force: _Force, names: list[str]) -> list[Any]:
    """One change first; while it is being applied, all the others arrive."""
    with ThreadPoolExecutor(len(names) + 1) as pool:
        first = pool.submit(force.create, "first")
        assert force.begun.wait(10)
        others = [pool.submit(force.create, name) for name in names]
        with force.commits._arrived:
            assert force.commits._arrived.wait_for(
                lambda: len(force.commits._waiting) == len(names), timeout=10
            )
        force.go_on.set()
        first.result()
        return [other.exception() or other.result().name for other in others]


def test_all_that_wait_are_one_commit() -> None:
    force = _Force()
    names = [f"s{number}" for number in range(20)]
    assert _together(force, names) == names
    assert force.applied == [1, 21]
    assert {service.name for service in force.state.services.values()} == {"first", *names}


def test_a_bad_change_fails_alone() -> None:
    force = _Force(refused="bad")
    found = _together(force, ["s0", "s1", "bad", "s2"])
    assert isinstance(found.pop(2), SchemaViolation)
    assert found == ["s0", "s1", "s2"]
    assert {service.name for service in force.state.services.values()} == {
        "first", "s0", "s1", "s2",
    }  # fmt: skip


def test_a_change_is_judged_with_those_before_it() -> None:
    found = _together(_Force(), ["same", "same"])
    assert sorted(map(type, found), key=str) == sorted([str, UniqueViolation], key=str)


def test_what_fails_for_all_is_told_to_all() -> None:
    force = _Force(unreachable=True)
    found = _together(force, ["s0", "s0", "s1"])
    assert {type(outcome) for outcome in found} == {NotInForce}
    assert force.applied == [1]


def test_a_caller_who_is_refused_changes_nothing() -> None:
    force = _Force()
    force.go_on.set()
    force.create("a")
    with pytest.raises(UniqueViolation):
        force.create("a")
    assert force.applied == [1]
