"""Breadth first through every state: the first violation found is one of the shortest.

Two questions are asked. Does every invariant hold in every state? And can the world settle from
every state without a further fault? The second is stronger than the absence of deadlocks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from model.actions import ACTIONS, Action
from model.bounds import Scope
from model.guards import ALL, Guards
from model.invariants import INVARIANTS, SETTLES, Invariant, settled
from model.normal import is_like_an_earlier, normal
from model.state import State, initial
from model.writing import begin

REPORT_EVERY = 4096
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a trace: what happened, to whom, and the state it led to."""

    action: str
    arguments: tuple[int, ...]
    before: State
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """A violated invariant and the way there, from the initial state."""

    invariant: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a search saw. Without a counterexample it has seen everything."""

    states: int
    transitions: int
    depth: int
    counterexample: Counterexample | None


class Search:
    """One exhaustive walk through a scope."""

    def __init__(
        self,
        scope: Scope,
        *,
        guards: Guards = ALL,
        actions: Sequence[Action] = ACTIONS,
        invariants: Sequence[Invariant] = INVARIANTS,
        settles: bool = True,
        reduces: bool = True,
    ) -> None:
        self._scope = scope
        self._guards = guards
        self._actions = actions
        self._invariants = invariants
        self._settles = settles
        self._reduces = reduces
        self._normal: Callable[[State], State] = normal if reduces else _as_it_is
        start = self._normal(initial(scope))
        self.states = [start]
        self._index = {start: 0}
        self._parents = [0]
        self._depths = [0]
        # Per state the ones it leads to without a fault.
        self._ways: list[tuple[int, ...]] = []
        self._transitions = 0

    def run(self, progress: Progress = lambda _seen, _left: None) -> Result:
        """Look at every state; stop at the first that violates an invariant."""
        for place, state in enumerate(self.states):
            if broken := self._broken(state):
                return self._result(broken, place)
            self._ways.append(tuple(self._expand(place, state)))
            if place % REPORT_EVERY == 0:
                progress(len(self.states), len(self.states) - place)
        if self._settles and (stuck := self._first_stuck()) is not None:
            return self._result(SETTLES, stuck)
        return self._result(None, len(self.states) - 1)

    def _broken(self, state: State) -> str | None:
        for invariant in self._invariants:
            if not invariant.holds(state, self._scope):
                return invariant.name
        return None

    def _expand(self, place: int, state: State) -> Iterator[int]:
        index, states = self._index, self.states
        for action in self._actions:
            for arguments, raw in action.steps(state, self._scope, self._guards):
                if self._is_spared(action, arguments, state):
                    continue
                after = self._normal(raw)
                self._transitions += 1
                known = index.setdefault(after, len(states))
                if known == len(states):
                    states.append(after)
                    self._parents.append(place)
                    self._depths.append(self._depths[place] + 1)
                if not action.is_fault and known != place:
                    yield known

    def _is_spared(self, action: Action, arguments: tuple[int, ...], state: State) -> bool:
        if not self._reduces or action.steps is not begin:
            return False
        return is_like_an_earlier(arguments[0], state, self._scope)

    def _first_stuck(self) -> int | None:
        """The first state from which no settled one can be reached without a fault."""
        can = [settled(state, self._scope) for state in self.states]
        grows = True
        while grows:
            grows = False
            for place in range(len(can) - 1, -1, -1):
                if not can[place] and any(can[way] for way in self._ways[place]):
                    can[place] = grows = True
        return None if all(can) else can.index(False)

    def _result(self, broken: str | None, place: int) -> Result:
        found = None
        if broken:
            found = Counterexample(invariant=broken, steps=tuple(self._trace(place)))
        return Result(
            states=len(self.states),
            transitions=self._transitions,
            depth=self._depths[place],
            counterexample=found,
        )

    def _trace(self, place: int) -> list[Step]:
        steps: list[Step] = []
        while place:
            before, goal = self.states[self._parents[place]], self.states[place]
            steps.append(self._step_between(before, goal))
            place = self._parents[place]
        return steps[::-1]

    def _step_between(self, before: State, goal: State) -> Step:
        for action in self._actions:
            for arguments, raw in action.steps(before, self._scope, self._guards):
                if self._normal(raw) == goal:
                    return Step(action=action.name, arguments=arguments, before=before, state=goal)
        raise AssertionError("every state but the first was reached by a step")


def _as_it_is(state: State) -> State:
    return state
