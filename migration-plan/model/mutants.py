"""Each guard taken out, and the invariant that must break: a check that cannot fail proves nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from model.actions import ACTIONS, Action
from model.bounds import DELETE, PUT, Command, Scope
from model.guards import ALL, Guards
from model.invariants import INVARIANTS
from model.search import Progress, Result, Search
from model.state import OWNER, RELEASED, Grant, State, with_side
from model.writing import Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The protocol without some guards; `breaks` names the invariant it is searched for.

    The digest is a second net behind two of the guards: there it is taken out as well, and a test
    shows that with it the receiver refuses.
    """

    name: str
    says: str
    without: tuple[str, ...]
    breaks: str
    commands: tuple[Command, ...] = (PUT,)
    releases: int = 1
    copies: int = 0
    tampers: int = 0
    operators: int = 1
    actions: tuple[Action, ...] = ACTIONS

    @property
    def guards(self) -> Guards:
        """All but those taken out."""
        return replace(ALL, **dict.fromkeys(self.without, False))

    @property
    def scope(self) -> Scope:
        """The smallest world in which it shows."""
        return Scope(
            name=self.name,
            commands=self.commands,
            releases=self.releases,
            copies=self.copies,
            tampers=self.tampers,
            operators=self.operators,
        )


def close_fence(state: State, scope: Scope, guards: Guards) -> Steps:
    """The second half of a release that is torn in two: give ownership up, after the token."""
    for x, side in enumerate(state.sides):
        tokens = {m.epoch for m in side.outbox if isinstance(m, Grant)}
        if side.mode == OWNER and side.epoch + 1 in tokens:
            yield (x,), with_side(state, x, side._replace(mode=RELEASED, epoch=side.epoch + 1))


TORN = (*ACTIONS, Action(steps=close_fence, places=()))

MUTANTS = (
    Mutant(
        name="no-lock",
        says="a release does not wait for the writers inside",
        without=("lock",),
        breaks="acknowledged_is_kept",
    ),
    Mutant(
        name="torn-release",
        says="the token is written before ownership is given up, in a transaction of its own",
        without=("atomic_release",),
        breaks="one_owner",
        actions=TORN,
    ),
    Mutant(
        name="token-beside-stream",
        says="the token goes to the receiver directly, and nothing compares digests",
        without=("in_stream", "digest"),
        breaks="acknowledged_is_kept",
    ),
    Mutant(
        name="no-dedupe",
        says="a message that was applied is applied again",
        without=("dedupe",),
        breaks="owner_is_true",
        commands=(PUT, DELETE),
    ),
    Mutant(
        name="no-gap-stop",
        says="a message is applied although one before it is missing",
        without=("gap_stop",),
        breaks="equal_when_quiet",
        commands=(PUT, PUT),
        releases=0,
    ),
    Mutant(
        name="records-stay",
        says="the record of a command does not move with the rows",
        without=("records_move",),
        breaks="at_most_once",
    ),
    Mutant(
        name="no-burn",
        says="a late token is taken back without burning it",
        without=("burn",),
        breaks="one_owner",
    ),
    Mutant(
        name="no-epoch-check",
        says="a token is accepted whatever its epoch, burned or not",
        without=("epoch_check",),
        breaks="one_owner",
    ),
    Mutant(
        name="any-epoch-is-a-token",
        says="an operator awaits, and burns, the epoch of a side that has not released",
        without=("token_known",),
        breaks="somebody_may_own",
    ),
    Mutant(
        name="no-digest",
        says="the receiver does not compare its rows with what the token promises",
        without=("digest",),
        breaks="owner_is_true",
        tampers=1,
    ),
    Mutant(
        name="no-version-guard",
        says="a copy read before a write overwrites it",
        without=("version_guard",),
        breaks="equal_when_quiet",
        releases=0,
        copies=1,
    ),
    Mutant(
        name="no-tombstones",
        says="a copy read before a deletion brings the row back",
        without=("tombstones",),
        breaks="equal_when_quiet",
        commands=(DELETE,),
        releases=0,
        copies=1,
    ),
    Mutant(
        name="no-confirms",
        says="a window is marked although the broker has not confirmed it",
        without=("confirms",),
        breaks="settles",
        releases=0,
    ),
)


def names() -> Iterator[str]:
    """The names of all mutants."""
    return (mutant.name for mutant in MUTANTS)


def named(name: str) -> Mutant:
    """The mutant of that name."""
    return next(mutant for mutant in MUTANTS if mutant.name == name)


def hunt(mutant: Mutant, progress: Progress = lambda _seen, _left: None) -> Result:
    """Search a mutant for its invariant; without the reductions, which only the protocol bears."""
    search = Search(
        mutant.scope,
        guards=mutant.guards,
        actions=mutant.actions,
        invariants=[one for one in INVARIANTS if one.name == mutant.breaks],
        settles=mutant.breaks == "settles",
        reduces=False,
    )
    return search.run(progress)
