"""The protocol holds in every state of a small world, and the search would see if it did not."""

from dataclasses import replace

import pytest

from model.bounds import BOUNDS, DELETE, PUT, Scope
from model.guards import ALL
from model.invariants import INVARIANTS, Invariant
from model.mutants import MUTANTS, Mutant, hunt, named
from model.normal import normal
from model.search import Search
from model.state import BURNED, State

STATES = {
    "one write": 4_177,
    "write and deletion": 3_522,
    "copies": 3_852,
    "a spoiled replica": 4_602,
}
ONE_WRITE = Scope(name="one write", commands=(PUT,), releases=1)


@pytest.mark.parametrize("scope", BOUNDS["small"], ids=lambda scope: scope.name)
def test_the_protocol_holds_in_every_state_and_their_number_is_known(scope: Scope) -> None:
    result = Search(scope).run()
    assert result.counterexample is None
    assert result.states == STATES[scope.name]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_guard_that_is_taken_out_is_missed(mutant: Mutant) -> None:
    found = hunt(mutant).counterexample
    assert found is not None
    assert found.invariant == mutant.breaks


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_world_of_a_mutant_is_sound_with_all_guards(mutant: Mutant) -> None:
    assert hunt(replace(mutant, without=())).counterexample is None


def test_every_guard_has_a_mutant() -> None:
    assert {name for mutant in MUTANTS for name in mutant.without} == set(ALL.__slots__)


def test_the_digest_refuses_what_a_token_beside_the_stream_would_lose() -> None:
    mutant = replace(named("token-beside-stream"), without=("in_stream",))
    for invariant in ("acknowledged_is_kept", "one_owner", "owner_is_true"):
        assert hunt(replace(mutant, breaks=invariant)).counterexample is None


def never_burned(state: State, scope: Scope) -> bool:
    """Nobody ever burns a token (which is false, and planted)."""
    return all(side.mode != BURNED for side in state.sides)


def test_a_planted_violation_is_found_by_the_shortest_way() -> None:
    planted = Invariant(name="never_burned", number="", says="", holds=never_burned)
    found = Search(ONE_WRITE, invariants=[*INVARIANTS, planted]).run().counterexample
    assert found is not None
    assert found.invariant == "never_burned"
    assert [step.action for step in found.steps] == ["release", "look", "burn"]


def test_a_world_that_cannot_settle_is_noticed() -> None:
    def cannot_answer(state: State, scope: Scope, guards: object):
        yield from ()

    actions = [
        replace(action, steps=cannot_answer) if action.name in {"commit", "replay"} else action
        for action in Search(ONE_WRITE)._actions
    ]
    found = Search(ONE_WRITE, actions=actions).run().counterexample
    assert found is not None
    assert found.invariant == "settles"
    assert found.steps == ()


@pytest.mark.parametrize(
    "scope",
    [
        ONE_WRITE,
        Scope(name="two operators", commands=(PUT,), releases=2, operators=2),
        Scope(name="copies", commands=(DELETE,), releases=1, copies=1),
        Scope(name="a spoiled replica", commands=(PUT,), releases=1, tampers=1),
    ],
    ids=lambda scope: scope.name,
)
def test_what_the_reductions_leave_out_was_the_same_state(scope: Scope) -> None:
    every, few = Search(scope, reduces=False), Search(scope)
    assert every.run().counterexample is few.run().counterexample is None
    assert len(few.states) < len(every.states)
    assert {normal(state) for state in every.states} == set(few.states)
