"""Takes a command to a run: who may run, from where, to where."""

import time
import uuid
from dataclasses import replace
from typing import Literal

from strangler.errors import RefusedError, UnfinishedError
from strangler.ladder import Position, Standing
from strangler.plan import Stage
from strangler.result import Result
from strangler.walk import Walk
from strangler.world import World, alone

Verb = Literal["advance", "retreat", "resume", "retire"]

# A backend notices the death of its client a moment later; `resume` follows on its heels.
PATIENCE_WITH_THE_DEAD_S = 5.0


def run(world: World, verb: Verb, *, goal: str | None) -> Result:
    """Move the seam to `goal`, or one position in the verb's direction, or where a run was going.

    Raises RefusedError when nothing was begun; a failed effect is in the result's `error`.
    """
    impatient_at = time.monotonic() + PATIENCE_WITH_THE_DEAD_S
    with alone(world, until=lambda: verb == "resume" and _waited(impatient_at)):
        standing = world.standing()
        target = _target(world, verb, standing, goal)
        result = Result(seam=world.domain, origin=standing.name, goal=target.name)
        moves = world.ladder.route(standing, target)
        if not moves and verb != "resume":
            return result
        if verb == "resume":
            world = _as_patient(world)
        walk = Walk(world=world, run_id=uuid.uuid4(), result=result)
        return walk.along(moves, verb=verb, standing=standing)


def _waited(impatient_at: float) -> bool:
    time.sleep(0.1)
    return time.monotonic() < impatient_at


def _target(world: World, verb: Verb, standing: Standing, goal: str | None) -> Position:
    latest = world.journal.latest_run()
    if standing.towards is None and standing.position == world.ladder.retired:
        return _stays_retired(world, verb)
    if verb == "resume":
        if latest is None or latest.state == "done":
            raise UnfinishedError(
                f"there is nothing to resume; {world.domain} stands at {standing.name}"
            )
        return _as_begun(world, standing, world.ladder.named(goal or latest.goal))
    # A run that was cut off before it changed anything, or between two moves, left nothing to mend.
    if latest and latest.is_unfinished:
        raise UnfinishedError(
            f"{latest.summary} was cut off; finish it first: strangler resume {world.domain}"
        )
    if verb == "retire":
        return _last(world, standing)
    if goal == world.ladder.retired.name:
        raise RefusedError(
            f"{goal} cannot be undone and has a command of its own: strangler retire {world.domain}"
        )
    return _along(world, verb, standing, goal)


def _as_patient(world: World) -> World:
    """Whoever demanded a longer proof of disuse than the plan does not get a shorter one by a failure."""
    latest, retire = world.journal.latest_run(), world.plan.retire
    quiet_s = max(latest.quiet_s or 0, retire.quiet_s) if latest else retire.quiet_s
    return replace(world, plan=world.plan.model_copy(update={"retire": retire.lasting(quiet_s)}))


def _along(world: World, verb: Verb, standing: Standing, goal: str | None) -> Position:
    forward = verb == "advance"
    if goal is None:
        return _reversible(world, world.ladder.neighbor(standing, forward=forward))
    target = world.ladder.named(goal)
    if world.ladder.route(standing, target) and (
        world.ladder.is_forward(standing, target) != forward
    ):
        other = "retreat" if forward else "advance"
        raise UnfinishedError(
            f"{world.domain} stands at {standing.name}, and {goal} lies the other way: "
            f"strangler {other} {world.domain} --to {goal}"
        )
    return target


def _reversible(world: World, target: Position) -> Position:
    """Nobody retires a seam by a word that means any move."""
    if target == world.ladder.retired:
        raise RefusedError(
            f"the retirement of {world.domain} was begun and is not gone on with by advance: "
            f"strangler resume {world.domain}, or anew: strangler retire {world.domain} "
            f"--yes-i-mean {world.domain}"
        )
    return target


def _as_begun(world: World, standing: Standing, target: Position) -> Position:
    """Who typed a seam's name once did not type it for ever: what was not begun is asked for anew."""
    if target == world.ladder.retired and standing.towards != target:
        raise RefusedError(
            f"nothing of the retirement was begun; begin it: strangler retire {world.domain} "
            f"--yes-i-mean {world.domain}"
        )
    return target


def _last(world: World, standing: Standing) -> Position:
    if standing.position.stage is not Stage.CUTOVER:
        raise RefusedError(
            f"{world.domain} stands at {standing.position.name} and retires from cutover only: "
            f"strangler advance {world.domain} --to cutover"
        )
    return world.ladder.retired


def _stays_retired(world: World, verb: Verb) -> Position:
    if verb in {"advance", "retire"}:
        return world.ladder.retired
    raise RefusedError(
        f"{world.domain} is retired: the monolith's tables are gone and its stream has ended, so "
        f"there is nothing to {'resume' if verb == 'resume' else 'go back to'}; what it had is in "
        f"the dump that strangler journal {world.domain} names"
    )


def foreseen(world: World, verb: Verb, *, goal: str | None) -> str:
    """Name the position a run would go to, without holding the seam."""
    return _target(world, verb, world.standing(), goal).name
