"""What a run has in its hands: both databases, the gateway, the journal, and who watches."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import psycopg

from handover.operator import Hand
from strangler.errors import FailedError, OccupiedError, UnreachableError
from strangler.facts import Side
from strangler.gateway import Gateway
from strangler.journal import Journal
from strangler.ladder import Ladder, Move, Standing
from strangler.plan import Plan
from strangler.preflight import Check

LOCK_SPACE = 4712


class Watch(Protocol):
    """Who is told what happens."""

    def move(self, move: Move) -> None: ...
    def effect(self, name: str) -> None: ...
    def done(self, name: str, seconds: float, told: str) -> None: ...
    def progress(self, what: str, done: int, total: int) -> None: ...
    def checks(self, checks: Sequence[Check]) -> None: ...


class Unwatched:
    """Nobody is told."""

    def move(self, move: Move) -> None:
        """Say nothing."""

    def effect(self, name: str) -> None:
        """Say nothing."""

    def done(self, name: str, seconds: float, told: str) -> None:
        """Say nothing."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Say nothing."""

    def checks(self, checks: Sequence[Check]) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything an effect may touch."""

    plan: Plan
    monolith: Hand
    service: Hand
    # None: nobody sends this seam's requests to one side or the other.
    gateway: Gateway | None
    watch: Watch = field(default_factory=Unwatched)
    # Whether to wait for what comes about by itself.
    waits: bool = True
    # What to type when it fails and the cause is mended; a command that is no move says its own words.
    again: str | None = None

    @property
    def then(self) -> str:
        """The end of an error's message: the command that goes on."""
        return f"then: {self.again or f'strangler resume {self.domain}'}"

    @property
    def domain(self) -> str:
        return self.plan.seam

    @property
    def routes(self) -> Gateway:
        """The gateway, for a move that is routed; raises FailedError without one."""
        if self.gateway is None:
            raise FailedError(f"the gateway has no part in {self.domain}")
        return self.gateway

    @property
    def ladder(self) -> Ladder:
        return Ladder(self.plan)

    @property
    def journal(self) -> Journal:
        return Journal(self.monolith.connection, self.domain)

    def hand(self, side: Side) -> Hand:
        """One side's database."""
        return self.monolith if side == "monolith" else self.service

    def standing(self) -> Standing:
        """Where the seam stands, by its row and by the run that was cut off, if one was."""
        run = self.journal.latest_run()
        if run is not None and run.between:
            origin, goal = map(self.ladder.named, run.between)
            return Standing(position=origin, towards=goal)
        row = self.monolith.seam(self.domain)
        return Standing(position=self.ladder.at(row.stage, row.read_weight))


@contextmanager
def reach(
    plan: Plan, *, watch: Watch, waits: bool = True, again: str | None = None
) -> Iterator[World]:
    """Connect to both databases; raises UnreachableError."""
    with ExitStack() as stack:
        monolith = stack.enter_context(_connect(plan.databases.monolith, "monolith"))
        service = stack.enter_context(_connect(plan.databases.service, "service"))
        gateway = (
            Gateway(plan, part=plan.gateway, probe=plan.probe)
            if plan.gateway and plan.probe
            else None
        )
        if gateway:
            stack.callback(gateway.close)
        yield World(
            plan=plan,
            monolith=monolith,
            service=service,
            gateway=gateway,
            watch=watch,
            waits=waits,
            again=again,
        )


def _connect(url: str, side: Side) -> Hand:
    try:
        return Hand.connect(url, side=side)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise UnreachableError(
            f"the {side}'s database does not answer ({reason}); start it (python -m stack up), then try again"
        ) from error


@contextmanager
def alone(world: World, *, until: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Hold the seam for one run; raises OccupiedError while another holds it.

    A session lock on both databases: were it on one only, a release sent by a run that was killed
    could still be executed on the other after the next run has begun. `until` says how long to
    try again: a backend notices the death of its client a moment later.
    """
    for hand in (world.monolith, world.service):
        while not _try_lock(hand, world.domain):
            if until():
                continue
            run = world.journal.latest_run()
            who = run.summary if run and run.state == "open" else "a repair or a backfill"
            raise OccupiedError(
                f"another run holds {world.domain}: {who}; "
                f"watch it: strangler journal {world.domain}"
            )
    yield
    # The locks end with the connections, whatever happens to this process.


def _try_lock(hand: Hand, domain: str) -> bool:
    row = hand.connection.execute(
        "SELECT pg_try_advisory_lock(%s, hashtext(%s)) AS mine", (LOCK_SPACE, domain)
    ).fetchone()
    return bool(row and row["mine"])
