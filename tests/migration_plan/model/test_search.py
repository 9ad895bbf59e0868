"""The protocol holds in every state of a small world, and the search would see if it did not."""

from dataclasses import replace

import pytest

from model.actions import ACTIONS, Action
from model.bounds import BOUNDS, DELETE, PUT, Scope
from model.guards import ALL, STANDS_AT
from model.invariants import INVARIANTS, SETTLES, Invariant
from model.mutants import MUTANTS, Mutant, hunt, named
from model.normal import normal
from model.search import Search
from model.state import BURNED, Copy, Fact, Grant, Message, Side, State

ONE_WRITE = Scope(name="one write", commands=(PUT,), releases=1)


@pytest.mark.parametrize("scope", BOUNDS["small"], ids=lambda scope: scope.name)
def test_the_protocol_holds_in_every_state_and_each_can_settle(scope: Scope) -> None:
    assert Search(scope).run().counterexample is None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_guard_that_is_taken_out_is_missed(mutant: Mutant) -> None:
    found = hunt(mutant).counterexample
    assert found is not None
    assert found.invariant == mutant.breaks


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_world_of_a_mutant_is_sound_with_all_guards(mutant: Mutant) -> None:
    whole = replace(mutant, without=(), actions=ACTIONS)
    assert Search(whole.scope).run().counterexample is None


def test_every_guard_has_a_mutant_and_a_place_in_the_code() -> None:
    guards = set(ALL.__slots__)
    assert {name for mutant in MUTANTS for name in mutant.without} == guards
    assert set(STANDS_AT) == guards


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


def test_the_steps_of_a_counterexample_follow_each_other_from_the_beginning() -> None:
    found = hunt(named("no-burn")).counterexample
    assert found is not None
    for step, after in zip(found.steps, found.steps[1:], strict=False):
        assert step.state == after.before
    assert found.steps[0].before.sides[0].epoch == 1


@pytest.mark.parametrize("never", ["replay", "apply", "publish", "retake"])
def test_a_world_in_which_nothing_takes_a_step_cannot_settle(never: str) -> None:
    actions: list[Action] = [action for action in ACTIONS if action.name != never]
    found = Search(ONE_WRITE, actions=actions).run().counterexample
    assert found is not None
    assert found.invariant == SETTLES


REDUCED = [
    ONE_WRITE,
    Scope(name="two operators", commands=(PUT,), releases=1, operators=2),
    Scope(name="copies", commands=(DELETE,), releases=0, copies=1),
    Scope(name="a spoiled replica", commands=(PUT,), releases=0, tampers=1),
    Scope(name="a forgetful broker", commands=(PUT,), releases=1, wipes=1),
]


@pytest.mark.parametrize("scope", REDUCED, ids=lambda scope: scope.name)
def test_what_the_reductions_leave_out_was_the_same_state(scope: Scope) -> None:
    every, few = Search(scope, reduces=False), Search(scope)
    assert every.run().counterexample is few.run().counterexample is None
    assert len(few.states) < len(every.states)
    assert {normal(state) for state in every.states} == set(few.states)


def test_of_two_equal_commands_only_their_names_are_left_out() -> None:
    twins = Scope(name="twins", commands=(PUT, PUT), releases=0)
    every, few = Search(twins, reduces=False), Search(twins)
    every.run()
    few.run()
    assert {normal(state) for state in every.states} == {
        same for state in few.states for same in (state, exchanged(state))
    }


def exchanged(state: State) -> State:
    """The same state, with the two commands in each other's place."""
    other = {0: 1, 1: 0}

    def row(keys: tuple[int, ...] | None) -> tuple[int, ...] | None:
        return keys and tuple(other[key] for key in keys)

    def message(one: Message | None) -> Message | None:
        match one:
            case Fact():
                return one._replace(row=row(one.row), key=other[one.key])
            case Copy() | Grant():
                raise AssertionError("there are none in a world without releases and copies")
        return None

    def side(one: Side) -> Side:
        return one._replace(
            rows=tuple(map(row, one.rows)),
            records=one.records[::-1],
            outbox=tuple(map(message, one.outbox)),
        )

    history = tuple(tuple(w._replace(key=other[w.key]) for w in line) for line in state.history)
    return state._replace(
        sides=(side(state.sides[0]), side(state.sides[1])),
        attempts=state.attempts[::-1],
        history=history,
    )
